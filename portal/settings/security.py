"""The browser's side of security, sessions, and how private files leave."""

from __future__ import annotations

import environ
from csp.constants import NONCE, NONE, SELF, STRICT_DYNAMIC

from portal.headers import bind_script

env = environ.Env()

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        # Browsers that know nonces pass over SELF; it is for those that do not.
        "script-src": [NONCE, STRICT_DYNAMIC, SELF],
        "style-src": [SELF],
        "worker-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
WHITENOISE_ADD_HEADERS_FUNCTION = bind_script  # of static files, which the above does not reach
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
# Where the proxy in front finds private files, for example /protected/; empty: the site sends them.
X_ACCEL_PREFIX = env.str("X_ACCEL_PREFIX", "")
# Whom to tell of a weakness, for /.well-known/security.txt: mailto:… or https://…
SECURITY_CONTACT = env.str("SECURITY_CONTACT", "")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_MINUTES", 30) * 60
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # older keys, read but not used
