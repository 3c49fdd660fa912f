from __future__ import annotations

from tests.rules.roles import ADMINISTRATORS, PATIENTS, Row, only

ROWS = {
    "audit:log": Row(get=only(*ADMINISTRATORS)),
    "audit:looks": Row(get=only(*PATIENTS)),
}
