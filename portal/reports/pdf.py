"""A signed report on paper: the same frozen content as on its page, in the reader's language."""

from __future__ import annotations

import io
import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portal.reports.models import Addendum
    from portal.reports.selectors import FoundRow, ReportPhoto, ReportReading
    from portal.reports.shapes import Shape

FONT = "noto-sans-sc"
MARGIN = 20 * mm
WIDTH = A4[0] - 2 * MARGIN
PHOTO_WIDTH = (WIDTH - 2 * 5 * mm) / 3
INK, SOFT, LINE, ACCENT = (HexColor(c) for c in ("#14201e", "#4a5a56", "#d4dcd8", "#0a665e"))
CASING = HexColor("#10181a")
COLOURS = {
    "comedone": HexColor("#56b4e9"),
    "papule": HexColor("#f0e442"),
    "pustule": HexColor("#2fd6a3"),
    "nodule": HexColor("#ff8a3d"),
    "cyst": HexColor("#f29bd4"),
    "scar": HexColor("#ffffff"),
}
GRADES = ("I", "II", "III", "IV")
CHINESE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")


def render(
    reading: ReportReading,
    *,
    seal: str,
    pictures: Mapping[str, io.BytesIO],
    addenda: Iterable[Addendum] = (),
    with_findings: bool = True,
) -> bytes:
    """The PDF's bytes. ``pictures`` are JPEGs by the photo's id; findings are drawn over them."""
    target = io.BytesIO()
    number = reading.content["visit"]["number"]
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=_("Report on visit %(number)s") % {"number": number},
        author=reading.content["clinic"],
        lang=get_language() or "en",
    )
    story = [
        *_heading(reading),
        *_doctors_words(reading),
        *_grade(reading),
        *_counts(reading),
        *_addenda(addenda),
        *_photos(reading, pictures, with_findings=with_findings),
        *_limits(reading, seal),
    ]
    footer = partial(_footer, name=reading.content["patient"]["name"])
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return target.getvalue()


@cache
def _font() -> str:
    """Embedded, and only the signs that are used of it."""
    pdfmetrics.registerFont(TTFont(FONT, settings.REPORT_FONT))
    return FONT


# --- The parts of the page, in their order --------------------------------------------------------


def _heading(reading: ReportReading) -> list[Flowable]:
    content = reading.content
    facts = _("%(patient)s, born %(born)s. Visit %(number)s, photos of %(sent)s. %(clinic)s.") % {
        "patient": content["patient"]["name"],
        "born": date_format(reading.patient_born),
        "number": content["visit"]["number"],
        "sent": date_format(localtime(reading.sent_at)),
        "clinic": content["clinic"],
    }
    return [_text(_("Your report"), size=20), _text(facts, colour=SOFT, size=9)]


def _doctors_words(reading: ReportReading) -> list[Flowable]:
    content = reading.content
    title = _("What %(doctor)s says") % {"doctor": content["doctor"]}
    parts = [_title(title), _text(content["assessment"], size=12)]
    if content["advice"]:
        parts += [_title(_("Advice")), _text(content["advice"], size=12)]
    if content.get("referral"):
        parts += [_title(_("Referral")), _text(content["referral"], size=12)]
    if reading.next_visit_on:
        parts.append(
            _text(_("Next visit: %(date)s") % {"date": date_format(reading.next_visit_on)})
        )
    signed = _("Signed by %(doctor)s on %(date)s") % {
        "doctor": content["doctor"],
        "date": date_format(localtime(reading.signed_at), "DATETIME_FORMAT"),
    }
    parts.append(_text(signed, colour=SOFT, size=9))
    if reading.second_doctor_words:
        parts.append(_text(reading.second_doctor_words, colour=SOFT, size=9))
    return parts


def _addenda(addenda: Iterable[Addendum]) -> list[Flowable]:
    parts: list[Flowable] = []
    for one in addenda:
        written = _("Added by %(doctor)s on %(date)s") % {
            "doctor": one.doctor,
            "date": date_format(localtime(one.written_at), "DATETIME_FORMAT"),
        }
        parts += [_title(_("Addendum")), _text(one.words, size=12)]
        parts.append(_text(written, colour=SOFT, size=9))
    return parts


def _grade(reading: ReportReading) -> list[Flowable]:
    if not reading.is_acne:
        lines = [reading.diagnosis_label, reading.grade_words]
        return [KeepTogether([_title(_("What it is")), *(_text(line) for line in lines)])]
    grade = reading.content["grade"]
    words = (
        [reading.grade_words]
        if grade == "none"
        else [capfirst(reading.grade_label), reading.grade_words]
    )
    together = [_title(_("How severe it is")), *(_text(line) for line in words), _scale(grade)]
    return [KeepTogether(together)]


def _scale(grade: str) -> Table:
    """The four grades side by side, the patient's one filled."""
    cells = [
        _text(name, alignment=TA_CENTER, colour=HexColor("#ffffff") if name == grade else INK)
        for name in GRADES
    ]
    styles: list[tuple[Any, ...]] = [
        ("BOX", (place, 0), (place, 0), 1, ACCENT) for place in range(len(GRADES))
    ]
    if grade in GRADES:
        place = GRADES.index(grade)
        styles.append(("BACKGROUND", (place, 0), (place, 0), ACCENT))
    return Table([cells], colWidths=[WIDTH / 8] * 4, style=styles, hAlign="LEFT")


def _counts(reading: ReportReading) -> list[Flowable]:
    title = _title(_("What was counted"))
    if reading.found:
        return [KeepTogether([title, _count_table(reading.found)])]
    if reading.machine_grade_label:
        return [title, _text(_("No spot was counted on your photos."))]
    return [title, _text(_("Nothing was counted: the doctor judged the photos by eye."))]


def _count_table(found: Iterable[FoundRow]) -> Table:
    head = [_text(words, colour=SOFT, size=9) for words in (_("Kind"), _("How many"), _("Where"))]
    rows = [
        [_text(f"{row.label}: {row.words}"), _text(str(row.total)), _text(row.places)]
        for row in found
    ]
    widths = [WIDTH * share for share in (0.45, 0.15, 0.4)]
    style = [("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    return Table([head, *rows], colWidths=widths, style=style, repeatRows=1)


def _photos(
    reading: ReportReading, pictures: Mapping[str, io.BytesIO], *, with_findings: bool
) -> list[Flowable]:
    shown = [photo for photo in reading.photos if photo.content["id"] in pictures]
    if not shown:
        return []
    figures: list[Any] = [
        [
            PhotoFigure(
                photo, pictures[photo.content["id"]], photo.shapes if with_findings else []
            ),
            _text(photo.view_label, colour=SOFT, size=9),
        ]
        for photo in shown
    ]
    rows = [figures[i : i + 3] for i in range(0, len(figures), 3)]
    rows[-1] += [""] * (3 - len(rows[-1]))
    table = Table(rows, colWidths=[WIDTH / 3] * 3, style=[("VALIGN", (0, 0), (-1, -1), "TOP")])
    return [KeepTogether([_title(_("The photos")), table])]


def _limits(reading: ReportReading, seal: str) -> list[Flowable]:
    model = reading.content["model"]
    lines = [reading.limits]
    if model:
        named = {**model, "sha": model["sha256"][:12]}
        lines.append(_("Model %(name)s %(version)s (%(sha)s).") % named)
    lines.append(_("Seal of this report: %(seal)s.") % {"seal": seal})
    return [Spacer(0, 6 * mm), *(_text(line, colour=SOFT, size=8) for line in lines)]


# --- How they are set -----------------------------------------------------------------------------


def _title(words: str) -> Paragraph:
    return _text(words, size=14, colour=ACCENT, space=4 * mm)


def _text(
    words: str, *, size: float = 11, colour: Any = INK, alignment: int = 0, space: float = 0
) -> Paragraph:
    style = ParagraphStyle(
        "text",
        fontName=_font(),
        fontSize=size,
        leading=1.45 * size,
        textColor=colour,
        alignment=alignment,
        spaceBefore=space,
        spaceAfter=1.5 * mm,
        # Chinese breaks anywhere, other words only between them.
        wordWrap="CJK" if CHINESE.search(words) else None,
    )
    return Paragraph(escape(words).replace("\n", "<br/>"), style)


def _footer(canvas: Any, document: Any, *, name: str) -> None:
    canvas.saveState()
    canvas.setFont(_font(), 8)
    canvas.setFillColor(SOFT)
    canvas.drawString(MARGIN, 12 * mm, name)
    canvas.drawRightString(A4[0] - MARGIN, 12 * mm, str(document.page))
    canvas.restoreState()


class PhotoFigure(Flowable):  # type: ignore[misc]  # untyped library
    """One photo with lesions as shapes, in the photo's own pixels."""

    def __init__(self, photo: ReportPhoto, jpeg: io.BytesIO, shapes: list[Shape]) -> None:
        super().__init__()
        self.jpeg, self.shapes = jpeg, shapes
        self.pixels = (photo.content["width"], photo.content["height"])
        self.scale = PHOTO_WIDTH / self.pixels[0]

    def wrap(self, *_available: float) -> tuple[float, float]:
        return PHOTO_WIDTH, self.pixels[1] * self.scale

    def draw(self) -> None:
        canvas = self.canv
        canvas.saveState()
        canvas.scale(self.scale, self.scale)
        canvas.drawImage(ImageReader(self.jpeg), 0, 0, *self.pixels)
        canvas.translate(0, self.pixels[1])
        canvas.scale(1, -1)  # from here on as on a screen: y runs down
        for shape in self.shapes:
            self._outline(shape, CASING, 1.4)
            self._outline(shape, COLOURS[shape.type], 0.7)
        canvas.restoreState()

    def _outline(self, shape: Shape, colour: Any, points: float) -> None:
        self.canv.setStrokeColor(colour)
        self.canv.setLineWidth(points / self.scale)
        if shape.points:
            self.canv.drawPath(self._polygon(shape.points))
        elif shape.type == "comedone":
            self.canv.ellipse(shape.x, shape.y, shape.x + shape.width, shape.y + shape.height)
        else:
            self.canv.rect(shape.x, shape.y, shape.width, shape.height)

    def _polygon(self, points: str) -> Any:
        path = self.canv.beginPath()
        first, *others = ([float(v) for v in pair.split(",")] for pair in points.split())
        path.moveTo(*first)
        for point in others:
            path.lineTo(*point)
        path.close()
        return path
