"""Whatever is done, undone and done again in any order: the log says what a plain list would."""

from __future__ import annotations

import uuid
from contextlib import suppress

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from portal.analysis.models import LesionType
from portal.review.corrections import services
from portal.review.corrections.models import Correction, CorrectionStatus, Kind
from portal.review.corrections.selectors import corrected
from portal.review.services import claim
from tests import factories

pytestmark = pytest.mark.django_db
TENTHS = st.integers(1, 2000).map(lambda value: value / 10)


@settings(
    max_examples=15,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
class Work(RuleBasedStateMachine):
    """``past`` and ``future`` hold what a plain undo stack would: pictures of all that stands."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        clinic = factories.clinic()
        visit = factories.sent_visit(factories.consenting_patient(clinic))
        self.review = claim(visit=visit, doctor=factories.doctor(clinic))
        self.photo = visit.photos.get().public_id
        self.machine = {key: one.found for key, one in self.table().items()}
        self.past = [(0, self.picture())]
        self.future: list = []

    def table(self) -> dict:
        return corrected(self.review).findings.table

    def picture(self) -> dict:
        return {key: (one.document, one.verdict) for key, one in self.table().items()}

    def take(self, kind: Kind, **change) -> None:
        made = services.record(review=self.review, key=uuid.uuid4(), kind=kind, **change)
        self.past.append((made.number, self.picture()))
        self.future.clear()

    @rule(place=st.integers(0, 3), verdict=st.sampled_from([Kind.ACCEPT, Kind.REJECT]))
    def judge(self, place, verdict):
        self.take(verdict, target=list(self.table())[place])

    @rule(place=st.integers(0, 3), to=st.sampled_from(LesionType.values))
    def retype(self, place, to):
        self.take(Kind.RETYPE, target=list(self.table())[place], type=to)

    @rule(place=st.integers(0, 3), box=st.lists(TENTHS, min_size=4, max_size=4))
    def move(self, place, box):
        target = list(self.table())[place]
        self.take(Kind.RESHAPE, target=target, box=box, polygon=None)
        assert list(self.table()[target].box) == box

    @rule(box=st.lists(TENTHS, min_size=4, max_size=4))
    def add(self, box):
        self.take(Kind.ADD, photo=self.photo, type="papule", box=box, polygon=None)

    @rule()
    def accept_all(self):
        self.take(Kind.ACCEPT_ALL)

    @rule(times=st.integers(1, 2))
    def undo(self, times):
        number, _now = self.past[-1]
        if number == 0:
            with suppress(services.OutOfOrderError):
                services.undo(review=self.review, number=1)
            return
        for _ in range(times):
            services.undo(review=self.review, number=number)
        self.future.append(self.past.pop())

    @rule(times=st.integers(1, 2))
    def redo(self, times):
        if not self.future:
            return
        number, _then = self.future[-1]
        for _ in range(times):
            services.redo(review=self.review, number=number)
        self.past.append(self.future.pop())

    @invariant()
    def the_log_says_what_the_list_says(self):
        assert self.picture() == self.past[-1][1]
        expected = (self.past[-1][0] or None, self.future[-1][0] if self.future else None)
        assert corrected(self.review).next_steps == expected

    @invariant()
    def the_machines_word_and_every_step_are_kept(self):
        table = self.table()
        assert {key: table[key].found for key in self.machine} == self.machine
        log = Correction.objects.filter(review=self.review).order_by("number")
        assert [one.number for one in log] == list(range(1, len(log) + 1))
        open_ended = [one.status for one in log if one.status != CorrectionStatus.DROPPED]
        assert open_ended == sorted(open_ended), "what is undone comes after what is done"


@pytest.fixture
def machine_case():
    case = Work.TestCase()
    case.settings = Work.settings if hasattr(Work, "settings") else case.settings
    return case


def test_in_any_order_of_steps(machine_case):
    machine_case.runTest()
