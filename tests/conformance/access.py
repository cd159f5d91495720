"""Users and user groups of one test: every id begins with the test's prefix, and none is left."""

import contextlib
from typing import Any

from botocore.exceptions import ClientError

PASSWORD = "a-password-of-24-letters"
OTHER_PASSWORD = "another-one-of-25-letters"


class Users:
    """Makes users and user groups, and deletes whatever has a name of this test's."""

    def __init__(self, client: Any, prefix: str) -> None:
        self.client = client
        self.prefix = prefix

    def name(self, suffix: str) -> str:
        return f"{self.prefix}-{suffix}"

    def make(self, suffix: str = "reader", **parameters: Any) -> Any:
        """A user of Valkey who reads; answers what was answered."""
        asked = {
            "UserId": self.name(suffix),
            "UserName": suffix.lower(),
            "Engine": "valkey",
            "AccessString": "on ~* -@all +@read",
            "Passwords": [PASSWORD],
        }
        return answered(self.client.create_user(**asked | parameters))

    def make_group(self, suffix: str = "readers", *user_ids: str, **parameters: Any) -> Any:
        members = {"UserIds": list(user_ids)} if user_ids else {}
        asked = {"UserGroupId": self.name(suffix), "Engine": "valkey", **members}
        return answered(self.client.create_user_group(**asked | parameters))

    def user(self, user_id: str) -> Any:
        (found,) = self.client.describe_users(UserId=user_id)["Users"]
        return found

    def group(self, user_group_id: str) -> Any:
        (found,) = self.client.describe_user_groups(UserGroupId=user_group_id)["UserGroups"]
        return found

    def delete_all(self) -> None:
        groups = self.client.get_paginator("describe_user_groups").paginate().search("UserGroups[].UserGroupId")
        for user_group_id in list(groups):
            if user_group_id.startswith(f"{self.prefix}-"):
                with contextlib.suppress(ClientError):  # one that is on its way out already
                    self.client.delete_user_group(UserGroupId=user_group_id)
        for user_id in list(self.client.get_paginator("describe_users").paginate().search("Users[].UserId")):
            if user_id.startswith(f"{self.prefix}-"):
                with contextlib.suppress(ClientError):
                    self.client.delete_user(UserId=user_id)


def answered(answer: Any) -> Any:
    """Create, Modify and Delete answer the fields themselves, beside what botocore adds."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
