"""Run as a program in a site's environment: a patient sends a visit of three large photos."""

import django

django.setup()

from portal.cases.models import View  # noqa: E402
from portal.cases.services import submit  # noqa: E402
from tests import factories  # noqa: E402
from tests.pictures import encoded, face  # noqa: E402

visit = factories.visit(factories.consenting_patient(factories.clinic()))
for number, view in enumerate((View.FRONT, View.LEFT, View.RIGHT)):
    factories.photo(visit, view, encoded(face(3000 + number), quality=90))
submit(visit=visit)
