"""Yes or no to questions that rest on each other, in circles too."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)


class Answers(Generic[Question]):
    """Each question is worked out once: yes where anything that it rests on says yes.

    A question that comes up while it is being worked out adds nothing to itself. A no that rests on such an open one
    is not the last word before that one is answered: with no, it holds; with yes, it is forgotten.
    """

    def __init__(self) -> None:
        self.known: dict[Question, bool] = {}
        self._open: dict[Question, int] = {}
        self._unsure: dict[Question, int] = {}
        """What was answered with no, and the place of the first open question that it rests on; the latest last."""
        self._first = 0
        """The place of the first open question that was come upon."""

    def ask(self, question: Question, work_out: Callable[[], bool]) -> bool:
        """The answer; `work_out` is called at most once while nothing that it rests on changes."""
        known = self.known.get(question)
        if known is not None:
            return known
        rests_on = self._open.get(question, self._unsure.get(question))
        if rests_on is not None:
            self._first = min(self._first, rests_on)
            return False
        place, outer, before = len(self._open), self._first, len(self._unsure)
        self._open[question], self._first = place, place
        answer = work_out()
        del self._open[question]
        if answer or self._first == place:
            self._settle(before, answer)
            self.known[question] = answer
            self._first = outer
        else:
            self._unsure[question] = self._first
            self._first = min(self._first, outer)
        return answer

    def _settle(self, before: int, answer: bool) -> None:
        """What was unsure since: it holds after a no, and is forgotten after a yes."""
        for question in list(self._unsure)[before:]:
            del self._unsure[question]
            if not answer:
                self.known[question] = False
