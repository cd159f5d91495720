"""STS's GetCallerIdentity, which most tools ask before they ask ElastiCache anything."""

from tests.kit.elastane import ACCESS_KEY_ID, RunningElastane


def test_a_caller_learns_who_it_is(elastane: RunningElastane) -> None:
    answer = elastane.client("sts").get_caller_identity()

    assert answer["Account"] == "000000000000"
    assert answer["Arn"] == "arn:aws:iam::000000000000:root"
    assert answer["UserId"] == ACCESS_KEY_ID
