"""Run as a program in a site's environment: a patient sends a visit of three large photos. The
front is accepted and shows lesions; the side views show the front again and are refused.
"""

import django

django.setup()

import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

from inference.results import LesionType  # noqa: E402
from inference.training.synthesis import LesionPlan, render  # noqa: E402
from inference.training.synthesis.demonstration import demonstration_face  # noqa: E402
from portal.cases.models import View  # noqa: E402
from portal.cases.services import submit  # noqa: E402
from tests import factories  # noqa: E402
from tests.pictures import encoded  # noqa: E402

face = demonstration_face()
papules = [LesionPlan(LesionType.PAPULE, activity=1.0) for _ in range(12)]
drawn = render(
    face.image, np.random.default_rng(90_010), papules, skin=face.skin, width_px=face.width_px
)
visit = factories.visit(factories.consenting_patient(factories.clinic()))
for view in (View.FRONT, View.LEFT, View.RIGHT):
    factories.photo(visit, view, encoded(Image.fromarray(drawn.image), quality=92))
submit(visit=visit)
