"""The loop that delivers: it looks for what is due, starts it, and writes down what came of it.

Woken by the bell and by the clock. What it remembers between looks is only what is on its way at this moment; all else
is in the store, so a process that was killed goes on where it stopped. `turns` sees to it that servers that hang keep
nobody else waiting.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from elastane.clock import Now
from elastane.model import notifications
from elastane.model.delivery_policies import (
    RETRY_SECONDS_MAX,
    DeliveryPolicy,
    RetryPolicy,
    effective_policy,
    find_delay,
)
from elastane.model.ids import Arn
from elastane.model.notifications import MessageType, Signing
from elastane.model.topics import TOKEN_LIFETIME, Subscription, SubscriptionProtocol, Topic, server_of
from elastane.notifications.files import Files
from elastane.notifications.news import News
from elastane.notifications.outcomes import Delivered, Failed, Outcome, Refused
from elastane.notifications.posting import Poster, in_thread_of_its_own
from elastane.notifications.turns import PER_SERVER_MAX, Candidate, Turns
from elastane.store import Store, StoreError, Transaction, deliveries, topics
from elastane.store.deliveries import Due, Waiting

log = logging.getLogger("elastane.notifications")

LOOK_SECONDS: Final = 5.0
"""Bells are never lost in one process; this is for a clock that was moved, and for a store that could not be used."""
LOOK_SECONDS_MIN: Final = 0.05
TIDY_SECONDS: Final = 3600.0

FILE_RETRIES: Final = RetryPolicy(shortest_seconds=20, longest_seconds=20, retry_count=100)
"""Of a disk that is full: for half an hour somebody may make room on it."""


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery, and whom it is for."""

    due: Due
    subscription: Subscription
    topic: Topic


class Deliverer:
    """Runs for the life of the process: `run`, in a task of its own."""

    def __init__(self, store: Store, now: Now, signing: Signing, files: Files, poster: Poster) -> None:
        self._store = store
        self._now = now
        self._signing = signing
        self._files = files
        self._poster = poster
        self._news = News(store)
        self._turns = Turns()
        self._subscribers: dict[Arn, Subscription] = {}
        """Those for whom something waits: neither where they are nor how they are reached ever changes."""
        self._unsaved: dict[int, Outcome] = {}
        self._settled: set[int] = set()
        """Since the look that is under way began to read: what it read of them is no longer so."""
        self._tidied_at: datetime | None = None
        self._is_store_usable = True

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._wait(await self._look(tasks))

    async def _look(self, tasks: asyncio.TaskGroup) -> float:
        """Starts what is due; answers for how many seconds there is nothing else to do, unless a bell rings."""
        now = self._now()
        try:
            await self._tidy(now)
            await self._news.tell(now)
            await self._start_due(tasks, now)
            next_due_at = await self._store.read(lambda tx: deliveries.find_next_due_at(tx, now))
        except StoreError as error:
            self._note_trouble(error)
            return LOOK_SECONDS
        self._is_store_usable = True
        ahead_seconds = LOOK_SECONDS if next_due_at is None else (next_due_at - now).total_seconds()
        return min(max(ahead_seconds, LOOK_SECONDS_MIN), LOOK_SECONDS)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._store.bell.next_news()
        except TimeoutError:
            return

    async def _start_due(self, tasks: asyncio.TaskGroup, now: datetime) -> None:
        """Raises StoreError."""
        self._settled.clear()
        waiting = await self._store.read(lambda tx: deliveries.list_due(tx, now, per_subscription=PER_SERVER_MAX))
        await self._get_to_know({each.subscription_arn for each in waiting})
        chosen = self._turns.choose(self._candidates(waiting))
        cases = await self._store.read(lambda tx: _cases(tx, (candidate.number for candidate in chosen)))
        for candidate in chosen:
            case = cases.get(candidate.number)
            if case is not None:
                self._turns.begin(candidate)
                tasks.create_task(self._deliver(candidate, case), name=f"notification {candidate.number}")
        if not waiting:
            self._turns.forget()

    async def _get_to_know(self, arns: set[Arn]) -> None:
        """Raises StoreError."""
        known = {arn: subscription for arn, subscription in self._subscribers.items() if arn in arns}
        unknown = arns - known.keys()
        if unknown:
            known |= await self._store.read(lambda tx: _subscribers(tx, unknown))
        self._subscribers = known

    def _candidates(self, waiting: Iterable[Waiting]) -> tuple[Candidate, ...]:
        return tuple(
            Candidate(number=each.number, server=server_of(subscriber), is_posted=subscriber.protocol.is_posted)
            for each in waiting
            if (subscriber := self._subscribers.get(each.subscription_arn)) is not None
            and each.number not in self._settled
        )

    async def _deliver(self, candidate: Candidate, case: _Case) -> None:
        number = candidate.number
        is_taken = False
        try:
            outcome = self._unsaved.pop(number, None) or await self._tried(case)
            is_taken = not isinstance(outcome, Failed)
            self._unsaved[number] = outcome
            await self._store.write(lambda tx: _settle(tx, case, outcome, self._now()))
        except StoreError as error:
            self._note_trouble(error)  # what came of it is kept: the next look writes it down, and sends nothing again
        else:
            self._unsaved.pop(number, None)
            _tell_if_given_up(case, outcome)
            self._store.bell.ring_notifications()
        finally:
            self._settled.add(number)
            self._turns.end(candidate, is_taken=is_taken)

    async def _tried(self, case: _Case) -> Outcome:
        try:
            return await self._outcome(case)
        except Exception:
            # A bug of ours, and this message's alone: all others go on.
            log.exception("notification failed by a bug of ours message=%s", case.due.message.id)
            return Failed("internal failure")

    async def _outcome(self, case: _Case) -> Outcome:
        message, subscription = case.due.message, case.subscription
        if message.type is not MessageType.NOTIFICATION and subscription.is_confirmed:
            return Delivered()
        match subscription.protocol:
            case SubscriptionProtocol.LOG:
                log.info("notification topic=%s %s", message.topic_arn, self._line(case).decode())
                return Delivered()
            case SubscriptionProtocol.FILE:
                return await in_thread_of_its_own(lambda: self._append(case))
            case SubscriptionProtocol.HTTP | SubscriptionProtocol.HTTPS:
                content_type = _policy(case).request.header_content_type
                headers = notifications.headers(message, subscription, content_type)
                server = server_of(subscription)
                return await self._poster.post(server, subscription.endpoint, headers, lambda: self._body(case))

    def _append(self, case: _Case) -> Outcome:
        try:
            self._files.append(case.subscription.endpoint, case.due.message.id, self._line(case))
        except OSError as error:
            return Failed(f"the file {case.subscription.endpoint} cannot be written: {error.strerror}")
        return Delivered()

    def _body(self, case: _Case) -> bytes:
        if case.subscription.is_raw and case.due.message.type is MessageType.NOTIFICATION:
            return case.due.message.text_for(case.subscription.protocol).encode()
        return notifications.render_document(self._document(case))

    def _line(self, case: _Case) -> bytes:
        return notifications.render_line(self._document(case))

    def _document(self, case: _Case) -> dict[str, object]:
        version = case.topic.signature_version
        return notifications.document(case.due.message, case.subscription, self._signing, version)

    async def _tidy(self, now: datetime) -> None:
        """Subscriptions that nobody confirmed are forgotten, and what a clock has put off is due, now and then, and
        whenever the clock was set."""
        if self._tidied_at is not None and abs(now - self._tidied_at) < timedelta(seconds=TIDY_SECONDS):
            return
        await self._store.write(lambda tx: _tidy(tx, now))
        self._tidied_at = now

    def _note_trouble(self, error: StoreError) -> None:
        if self._is_store_usable:
            log.error("notifications wait for the store reason=%s", error)
        self._is_store_usable = False


# --- in the store --------------------------------------------------------------------------------


def _cases(tx: Transaction, numbers: Iterable[int]) -> Mapping[int, _Case]:
    """Of those that still wait."""
    found = {}
    for due in filter(None, (deliveries.find_due(tx, number) for number in numbers)):
        subscription = topics.find_subscription(tx, due.subscription_arn, with_ended=True)
        topic = topics.find_topic(tx, due.message.topic_arn)
        assert subscription is not None and topic is not None, "deliveries go with their subscription"
        found[due.number] = _Case(due=due, subscription=subscription.body, topic=topic.body)
    return found


def _subscribers(tx: Transaction, arns: Iterable[Arn]) -> dict[Arn, Subscription]:
    found = (topics.find_subscription(tx, arn, with_ended=True) for arn in arns)
    return {stored.body.arn: stored.body for stored in found if stored is not None}


def _tidy(tx: Transaction, now: datetime) -> None:
    topics.remove_unconfirmed(tx, made_before=now - TOKEN_LIFETIME)
    deliveries.bring_forward(tx, now, seconds_max=RETRY_SECONDS_MAX)


def _settle(tx: Transaction, case: _Case, outcome: Outcome, now: datetime) -> None:
    match outcome:
        case Delivered():
            deliveries.mark_delivered(tx, case.due)
        case Refused():
            deliveries.give_up(tx, case.due)
        case Failed():
            delay = _delay(case)
            if delay is None:
                deliveries.give_up(tx, case.due)
            else:
                deliveries.postpone(tx, case.due, now + delay)


# --- rules ---------------------------------------------------------------------------------------


def _delay(case: _Case) -> timedelta | None:
    """Until the next try, after one in vain; None when it was the last one."""
    retries = _policy(case).retries if case.subscription.protocol.is_posted else FILE_RETRIES
    return find_delay(retries, case.due.tried_count + 1)


def _policy(case: _Case) -> DeliveryPolicy:
    of_topic, own = case.topic.attributes.get("DeliveryPolicy"), case.subscription.attributes.get("DeliveryPolicy")
    return effective_policy(of_topic, own)


def _tell_if_given_up(case: _Case, outcome: Outcome) -> None:
    if isinstance(outcome, Refused) or (isinstance(outcome, Failed) and _delay(case) is None):
        log.warning(
            "notification given up subscription=%s endpoint=%s message=%s tries=%d reason=%s",
            case.subscription.arn,
            case.subscription.endpoint,
            case.due.message.id,
            case.due.tried_count + 1,
            outcome.reason,
        )
