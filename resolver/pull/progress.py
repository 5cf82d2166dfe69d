"""Where a pull stands, as a fold over the answers that came: replayed from a file it is the same as lived through.

A list that moves while it is read by page number skips or repeats records. So a round counts only when the total the
system gave stayed the same and equals the records seen; otherwise the list is read again, up to three times in all.
"""

from typing import Any

from resolver.pull.system import Cursor, Page, Place, System, identity

_ROUNDS = 3


class Progress:
    """What the answers so far amount to."""

    def __init__(self, system: System, page_size: int) -> None:
        self._system, self._page_size = system, page_size
        self.cursor: Cursor = system.first
        self.pages = 0
        self.done = False
        self.errors = ""
        self._rounds = 1
        self._steady = False
        self._began = 0
        self._seen: set[str] = set()
        self._before: set[str] | None = None
        self._totals: set[int | None] = set()
        self._doubts: list[str] = []
        self._latest: dict[str, int] = {}

    def read(self, document: Any) -> Page:
        """What an answer says, without taking it in. Raises PullError when it has no known shape."""
        return self._system.read(document, Place(self.cursor, self._page_size, self._seen))

    def take(self, document: Any) -> bool:
        """Takes in the next answer; whether the list has to be read again from its beginning."""
        page = self.read(document)
        known = [identity(row) for row in self._system.rows(document)]
        self._latest.update(dict.fromkeys(known, self.pages))
        self._seen.update(known)
        self._totals.add(page.total)
        self.pages += 1
        self.errors = self.errors or page.errors
        if page.doubt and page.doubt not in self._doubts:
            self._doubts.append(page.doubt)
        if page.next is not None:
            self.cursor = page.next
            return False
        return self._ended()

    def _ended(self) -> bool:
        """A round is over: it saw everything, or another begins, or it has to do."""
        self._steady = not self._system.counted or self._totals == {len(self._seen)}
        unmoved = self._seen == self._before  # then the count is off, and reading again will not mend it
        self.done = self._steady or unmoved or self._rounds == _ROUNDS
        if self.done:
            return False
        self._rounds += 1
        self._before = self._seen
        self._began, self.cursor = self.pages, self._system.first
        self._seen, self._totals, self._doubts = set(), set(), []
        return True

    @property
    def reason(self) -> str:
        """Why records may be missing; "" when nothing speaks against it."""
        reasons = [self.errors, *self._doubts]
        if self.done and not self._steady:
            reasons.append(self._unsteady())
        return "; ".join(filter(None, reasons))

    def _unsteady(self) -> str:
        totals = [total for total in self._totals if total is not None]
        if not totals:
            return "the answers do not say how many records there are, so nothing proves that these are all"
        told = " then ".join(str(total) for total in sorted(totals))
        return (
            f"the answers count {told} records, {len(self._seen)} came, although the list was read {self._rounds} times"
        )

    @property
    def seen(self) -> int:
        """How many different records this round has brought."""
        return len(self._seen)

    @property
    def first_page(self) -> int:
        """The page with which the result begins: a steady round stands alone, else everything seen is kept."""
        return self._began if self.done and self._steady else 0

    @property
    def records(self) -> int:
        """How many different records the result holds."""
        return sum(page >= self.first_page for page in self._latest.values())

    def keep_latest(self, document: Any, page: int) -> Any:
        """The answer as it came, but for records that came again later: each stands where it was last seen."""
        rows = self._system.rows(document)
        kept: dict[str, Any] = {}
        for row in rows:
            kept.pop(identity(row), None)
            kept[identity(row)] = row
        rows[:] = [row for known, row in kept.items() if self._latest[known] == page]
        return document
