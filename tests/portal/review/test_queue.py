from __future__ import annotations

import json
from datetime import timedelta
from importlib import import_module
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from inference.results import Finding, LesionType, Quality, Region
from portal import searches
from portal.cases.models import Visit, VisitStatus
from portal.cases.selectors import late_before
from portal.cases.services import submit
from portal.review import services
from portal.review.models import SavedFilter
from portal.review.queue import selectors
from portal.review.queue.selectors import LONGEST, NEWEST, URGENT, Sought
from portal.review.queue.services import MOST_FILTERS, assign
from portal.review.templatetags.durations import roughly_until
from tests import factories

pytestmark = pytest.mark.django_db
QUEUE = "review:queue"


@pytest.fixture
def browser(client, doctor):
    client.force_login(doctor)
    return client


def waiting_with(clinic, kind: LesionType | None, **fields) -> Visit:
    found = [factories.found_lesion(kind, 100, Region.NOSE)] if kind else []
    return factories.sent_visit(
        factories.consenting_patient(clinic, **fields), factories.result(candidates=found)
    )


def sent_days_ago(visit: Visit, days: float) -> None:
    Visit.objects.filter(pk=visit.pk).update(submitted_at=timezone.now() - timedelta(days=days))


def shown(response) -> list[Visit]:
    return [row.visit for row in response.context["queue"].waiting]


# --- The order ----------------------------------------------------------------------------------


def test_the_worst_come_first_and_of_one_grade_who_waited_longest(browser, doctor):
    mild, clear = (waiting_with(doctor.clinic, kind) for kind in (LesionType.COMEDONE, None))
    severe, severe_later = (waiting_with(doctor.clinic, LesionType.NODULE) for _ in range(2))
    unread = factories.visit(factories.consenting_patient(doctor.clinic))
    factories.failed(factories.photo(unread))
    submit(visit=unread)

    assert shown(browser.get(reverse(QUEUE))) == [unread, severe, severe_later, mild, clear]


def test_whoever_waits_longer_than_promised_comes_before_the_worst(browser, doctor):
    severe = waiting_with(doctor.clinic, LesionType.NODULE)
    late, later = (waiting_with(doctor.clinic, LesionType.COMEDONE) for _ in range(2))
    sent_days_ago(late, doctor.clinic.promised_days + 1)
    sent_days_ago(later, doctor.clinic.promised_days + 2)

    response = browser.get(reverse(QUEUE))

    assert shown(response) == [later, late, severe]
    assert [row.is_late for row in response.context["queue"].waiting] == [True, True, False]
    assert "over the promise" in response.content.decode()


@pytest.mark.parametrize("order", [URGENT, LONGEST, NEWEST])
def test_pages_follow_each_other_without_gap_or_repetition(doctor, patient, monkeypatch, order):
    monkeypatch.setattr(selectors, "PAGE", 2)
    visits = many_waiting(patient, 11)
    for place, visit in enumerate(visits):
        Visit.objects.filter(pk=visit.pk).update(
            urgency=place % 3, submitted_at=timezone.now() - timedelta(days=place // 2)
        )

    met: list[Visit] = []
    after = None
    while True:
        page = selectors._page(doctor, Sought(order=order), 3, after, length=3)
        met += page[:2]
        if len(page) < 3:
            break
        after = page[1].public_id

    assert met == selectors._page(doctor, Sought(order=order), 3, None, length=100)
    assert len(set(met)) == len(visits)


def test_the_next_page_is_reached_by_a_link(browser, doctor, monkeypatch):
    monkeypatch.setattr(selectors, "PAGE", 1)
    monkeypatch.setattr(selectors._page, "__defaults__", (2,))
    first, second = (waiting_with(doctor.clinic, LesionType.PAPULE) for _ in range(2))

    page = browser.get(reverse(QUEUE))
    following = browser.get(f"{reverse(QUEUE)}?{page.context['more']}")

    assert (shown(page), shown(following)) == ([first], [second])


def many_waiting(patient, number: int) -> list[Visit]:
    case = factories.visit(patient).case
    now = timezone.now()
    return Visit.objects.bulk_create(
        Visit(
            case=case,
            clinic_id=case.clinic_id,
            number=place + 2,
            status=VisitStatus.AWAITING_REVIEW,
            submitted_at=now - timedelta(minutes=place),
            urgency=place % 6,
        )
        for place in range(number)
    )


@pytest.mark.parametrize(
    ("order", "index"), [(URGENT, "visit_queue"), (LONGEST, "visit_waiting"), (NEWEST, None)]
)
def test_each_part_of_a_page_is_read_from_an_index(doctor, patient, order, index):
    visits = many_waiting(patient, 3000)
    many_waiting(factories.consenting_patient(factories.clinic()), 3000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    waiting = selectors.waiting_visits(doctor, Sought())
    late = late_before(1)

    for last in (None, visits[10], visits[2900]):
        plans = [part[:51].explain() for part in selectors.parts(waiting, order, late, last)]
        for plan in plans:
            assert "visit_queue" in plan or "visit_waiting" in plan, plan
            assert "Sort" not in plan or "Incremental" in plan, plan
            assert "TEMP B-TREE" not in plan, plan
        assert index is None or index in plans[-1], plans


# --- What a line says ---------------------------------------------------------------------------


def test_a_line_tells_certainty_cautions_and_the_change_since_last_time(browser, doctor, patient):
    factories.report(patient, by=doctor)
    found = [factories.found_lesion(LesionType.PAPULE, 20 * i, Region.NOSE) for i in range(6)]
    cautious = Quality(accepted=True, cautions=(Finding("uneven_light", 0.4, 0.3, "Uneven."),))
    factories.sent_visit(patient, factories.result(candidates=found, quality=cautious))

    response = browser.get(reverse(QUEUE))

    (row,) = response.context["queue"].waiting
    html = response.content.decode()
    assert row.worse_by == 2
    assert "2 lesions more than last time" in html
    assert "then grade III" in html
    assert "The light is uneven; lesions in the shadow may be missed." in html
    assert row.certainty is not None
    assert f"{row.certainty:.0f} %" in html
    assert "due within" in html


def test_an_empty_queue_says_what_will_come(browser):
    assert "Nobody is waiting" in browser.get(reverse(QUEUE)).content.decode()


def test_the_queue_shows_who_has_a_visit(browser, sent, colleague):
    services.claim(visit=sent, doctor=colleague)

    response = browser.get(reverse(QUEUE))

    assert [row.review.doctor for row in response.context["queue"].taken] == [colleague]
    assert str(colleague) in response.content.decode()


def test_the_lists_alone_are_sent_for_a_look_without_reload(browser, sent):
    html = browser.get(reverse(QUEUE), {"part": "lists"}).content.decode()

    assert f'data-visit="{sent.public_id}"' in html
    assert "<html" not in html


# --- Filters ------------------------------------------------------------------------------------


def test_filters_narrow_the_queue(browser, doctor, colleague):
    clinic = doctor.clinic
    mine, free, late = (waiting_with(clinic, LesionType.COMEDONE) for _ in range(3))
    worst = waiting_with(clinic, LesionType.CYST, full_name="Anna Lind")
    assign(by=doctor, visits=[mine.public_id], to=doctor)
    assign(by=doctor, visits=[worst.public_id], to=colleague)
    sent_days_ago(late, 30)
    Visit.objects.filter(pk=free.pk).update(cautions=["uneven_light"])

    def found(**query) -> set[Visit]:
        return set(shown(browser.get(reverse(QUEUE), query)))

    assert found() == {mine, free, late, worst}
    assert found(whose="mine") == {mine}
    assert found(whose="unassigned") == {free, late}
    assert found(grade="IV") == {worst}
    assert found(grade=["I", "IV"]) == {mine, free, late, worst}
    assert found(cautions="on") == {free}
    assert found(late="on") == {late}


@pytest.mark.parametrize("wrong", ["whose=yours", "after=1", "grade=V", "order=random"])
def test_a_filter_that_makes_no_sense_is_said_and_hides_nobody(browser, sent, wrong):
    response = browser.get(f"{reverse(QUEUE)}?{wrong}")

    assert response.status_code == 400
    assert shown(response) == [sent]


def test_a_filter_is_kept_under_a_name_and_dropped_again(browser, doctor, colleague):
    browser.post(reverse("review:keep_filter"), {"name": "Late", "query": "late=on&evil=1&after=x"})
    browser.post(reverse("review:keep_filter"), {"name": "Late", "query": "late=on&grade=IV"})

    kept = SavedFilter.objects.get(doctor=doctor)
    assert parse_qs(kept.query) == {"late": ["on"], "grade": ["IV"]}
    assert ">Late</a>" in browser.get(reverse(QUEUE)).content.decode()
    assert selectors.surroundings(colleague).filters == []

    dropped = browser.post(reverse("review:drop_filter"), {"name": "Late"}, follow=True)
    assert not SavedFilter.objects.exists()
    assert "The filter Late is dropped." in dropped.content.decode()

    browser.post(reverse("review:keep_filter"), dropped.context["dropped"])
    assert SavedFilter.objects.get(doctor=doctor).query == kept.query
    assert "is dropped" not in browser.get(reverse(QUEUE)).content.decode()


def search(browser, words: str, **others) -> str:
    """The address that a search leads to."""
    return browser.post(reverse("review:search"), {"q": words, **others})["Location"]


def test_a_patient_is_searched_by_an_address_that_does_not_name_them(browser, doctor, monkeypatch):
    monkeypatch.setattr(selectors, "PAGE", 1)
    monkeypatch.setattr(selectors._page, "__defaults__", (2,))
    anna, annika = (
        waiting_with(doctor.clinic, LesionType.CYST, full_name=name)
        for name in ("Anna Lind", "Annika Lind")
    )
    waiting_with(doctor.clinic, LesionType.CYST, full_name="Bo Berg")

    address = search(browser, "lind", whose="all", order="urgent", grade="IV")
    first = browser.get(address)
    second = browser.get(f"{reverse(QUEUE)}?{first.context['more']}")
    live = browser.get(f"{address}&part=lists")

    assert (shown(first), shown(second), shown(live)) == ([anna], [annika], [anna])
    assert 'value="lind"' in first.content.decode()
    assert set(parse_qs(urlsplit(address).query)) == {"grade", "search"}
    for told in (address, first.context["more"], first.context["carried"]):
        assert "lind" not in told.lower()


def test_who_is_searched_is_found_in_a_colleagues_hands_too(browser, doctor, colleague):
    for name in ("Anna Lind", "Bo Berg"):
        services.claim(visit=waiting_with(doctor.clinic, None, full_name=name), doctor=colleague)

    found = browser.get(search(browser, "lind")).context["queue"]

    assert [row.visit.case.patient.full_name for row in found.taken] == ["Anna Lind"]


def test_a_search_of_nothing_shows_everybody_at_the_plain_address(browser, sent):
    assert search(browser, "", whose="all", order="urgent") == reverse(QUEUE)


def test_several_searches_are_kept_apart_and_the_oldest_forgotten(browser, doctor, monkeypatch):
    monkeypatch.setattr(searches, "MOST_KEPT", 2)
    anna = waiting_with(doctor.clinic, LesionType.CYST, full_name="Anna Lind")
    bo = waiting_with(doctor.clinic, LesionType.CYST, full_name="Bo Berg")
    first = search(browser, "anna")
    second = search(browser, "berg")

    assert (shown(browser.get(first)), shown(browser.get(second))) == ([anna], [bo])
    assert search(browser, "anna") == first

    search(browser, "somebody else")
    ended = browser.get(second)
    assert "This search has ended. Type the name again." in ended.content.decode()
    assert shown(ended) == [anna, bo]
    assert shown(browser.get(first)) == [anna]


def test_a_search_is_nobody_elses(browser, client, doctor, colleague, sent):
    address = search(browser, "anna")

    client.force_login(colleague)

    assert "This search has ended." in client.get(address).content.decode()


def test_a_name_is_not_kept_with_a_filter(browser, doctor, sent):
    page = browser.get(search(browser, "anna", late="on"))
    kept = {"name": "Late", "query": page.context["save"].initial["query"]}
    browser.post(reverse("review:keep_filter"), kept)
    browser.post(reverse("review:keep_filter"), {"name": "By hand", "query": "q=anna&late=on"})

    assert {one.query for one in SavedFilter.objects.all()} == {"late=on"}


def test_names_kept_with_filters_earlier_are_forgotten(doctor):
    kept = SavedFilter.objects.create(doctor=doctor, name="Anna", query="q=anna&late=on")
    migration = import_module("portal.review.migrations.0007_no_name_in_a_filter")

    migration.forget_names(apps, None)

    kept.refresh_from_db()
    assert kept.query == "late=on"


def test_nobody_drops_a_colleagues_filter(browser, colleague):
    SavedFilter.objects.create(doctor=colleague, name="Late", query="late=on")

    browser.post(reverse("review:drop_filter"), {"name": "Late"})

    assert SavedFilter.objects.get().doctor == colleague


# --- From visit to visit ------------------------------------------------------------------------


def sign_and_go_on(browser, visit: Visit, query: str):
    decision = {"grade": "I", "assessment": "Mild.", "query": query}
    return browser.post(reverse("review:sign", args=[visit.public_id]), decision)


def test_the_next_visit_follows_the_filter_the_doctor_came_from(browser, doctor):
    first, second = (waiting_with(doctor.clinic, LesionType.COMEDONE) for _ in range(2))
    waiting_with(doctor.clinic, LesionType.NODULE)

    searched = search(browser, "patient", grade="I", order="newest")
    row = browser.get(searched).context["carried"]
    opened = browser.post(reverse("review:claim", args=[second.public_id]), {"query": row})
    page = browser.get(opened["Location"])
    following = browser.get(f"{reverse('review:following')}?{page.context['look']}").json()
    signed = sign_and_go_on(browser, second, page.context["look"])
    last = sign_and_go_on(browser, first, page.context["look"])

    assert parse_qs(row) == {"grade": ["I"], "order": ["newest"]}
    photo = first.photos.get().public_id
    assert following["pictures"] == [reverse("cases:photo_image", args=[photo])]
    assert signed["Location"] == f"{reverse('review:workstation', args=[first.public_id])}?{row}"
    assert last["Location"] == f"{reverse(QUEUE)}?{row}"
    assert "Nobody who waits fits this filter." in browser.get(last["Location"]).content.decode()


def test_a_colleagues_visits_are_not_handed_to_others_unasked(browser, doctor, colleague):
    theirs, own, held = (waiting_with(doctor.clinic, LesionType.COMEDONE) for _ in range(3))
    assign(by=doctor, visits=[theirs.public_id], to=colleague)
    assign(by=doctor, visits=[own.public_id], to=doctor)
    services.claim(visit=held, doctor=doctor)

    signed = sign_and_go_on(browser, held, "")
    last = sign_and_go_on(browser, own, "")

    assert signed["Location"] == reverse("review:workstation", args=[own.public_id])
    assert last["Location"] == reverse(QUEUE)


def test_nobody_keeps_more_filters_than_they_find_their_way_in(browser, doctor):
    for number in range(MOST_FILTERS):
        SavedFilter.objects.create(doctor=doctor, name=str(number), query="")

    response = browser.post(reverse("review:keep_filter"), {"name": "One more"}, follow=True)

    assert "Drop one first." in response.content.decode()
    assert SavedFilter.objects.count() == MOST_FILTERS


# --- Assigning ----------------------------------------------------------------------------------


def test_marked_visits_are_assigned_at_once(browser, doctor, colleague):
    visits = [waiting_with(doctor.clinic, LesionType.PAPULE) for _ in range(2)]
    elsewhere = factories.sent_visit(factories.consenting_patient(factories.clinic()))
    marked = [str(visit.public_id) for visit in (*visits, elsewhere)]

    response = browser.post(
        reverse("review:assign"),
        {"visits": [*marked, "nonsense"], "to": str(colleague.public_id), "query": "late=on"},
    )

    assert urlsplit(response["Location"]).query == "late=on"
    assert list(Visit.objects.filter(assigned_to=colleague).order_by("pk")) == visits
    elsewhere.refresh_from_db()
    assert elsewhere.assigned_to is None


def test_a_visit_goes_to_nobody_of_another_clinic(browser, sent):
    stranger = factories.doctor(factories.clinic())

    response = browser.post(
        reverse("review:assign"), {"visits": [str(sent.public_id)], "to": str(stranger.public_id)}
    )

    assert response.status_code == 404
    sent.refresh_from_db()
    assert sent.assigned_to is None


def test_assigning_nothing_says_what_to_do(browser):
    response = browser.post(reverse("review:assign"), {"to": ""}, follow=True)

    assert "Mark the visits" in response.content.decode()


def test_a_visit_knows_the_clinic_of_its_case(sent):
    assert sent.clinic_id == sent.case.clinic_id
    assert json.dumps(sent.cautions) == "[]"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=2, hours=23, minutes=50), "3 days"),
        (timedelta(days=1, hours=5), "1 day"),
        (timedelta(hours=20, minutes=40), "21 hours"),
        (timedelta(minutes=20), "20 minutes"),
    ],
)
def test_the_time_left_is_told_to_the_nearest(left, said):
    assert roughly_until(timezone.now() + left).replace("\xa0", " ") == said
