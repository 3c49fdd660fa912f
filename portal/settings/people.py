"""People: who may sign in, how, how often, and what is asked of them."""

from __future__ import annotations

from typing import Any

import environ

env = environ.Env()

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backend.PeopleOfClinics"]
SHORTEST_PASSWORD = 10
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "portal.accounts.passwords.LongEnough",
        "OPTIONS": {"min_length": SHORTEST_PASSWORD},
    },
    {"NAME": "portal.accounts.passwords.NotBreached"},
]
# For example https://api.pwnedpasswords.com/range/: it is told five letters of a password's hash.
BREACHED_PASSWORDS_URL = env.str("BREACHED_PASSWORDS_URL", "")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", "mandatory")
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_ADAPTER = "portal.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "portal.accounts.forms.RegistrationForm",
    "login": "portal.accounts.forms.SignInForm",
    "add_email": "portal.accounts.forms.EmailForm",
    "change_password": "portal.accounts.forms.PasswordForm",
    "reauthenticate": "portal.accounts.forms.StillYouForm",
    "reset_password": "portal.accounts.forms.ForgottenPasswordForm",
    "set_password": "portal.accounts.forms.FirstPasswordForm",
    "reset_password_from_key": "portal.accounts.forms.NewPasswordForm",
}
# How often, from where or by whom. Strangers behind one address must not use up the tries of
# whoever was signed in there before: by sender only those are limited whom portal.accounts.adapters
# does not know. The second step, which comes after a right password, counts by account alone.
ACCOUNT_RATE_LIMITS = {
    "login": None,
    "login_failed": "10/10m/key",
    "login_of_unknown": "30/m/ip",
    "login_of_unknown_failed": "20/m/ip",
    "reset_password": "20/m/ip,5/10m/key",
    "photo": env.str("PHOTO_RATE", "200/h/user"),
}
# Whoever sees other people's data signs in with more than a password.
SECOND_FACTOR_REQUIRED = True
MFA_ADAPTER = "portal.accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "portal.accounts.forms.SecondStepForm",
    "reauthenticate": "portal.accounts.forms.SecondStepAgainForm",
    "activate_totp": "portal.accounts.forms.AppForm",
    "add_webauthn": "portal.accounts.forms.PasskeyForm",
    "edit_webauthn": "portal.accounts.forms.PasskeyNameForm",
}
MFA_TOTP_ISSUER = "ClearGrade"
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a key alone would be one factor, not two
ACCOUNT_CHANGE_EMAIL = True  # one address a person; a new one counts once it is confirmed
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "ClearGrade: "
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser where the password was chosen
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "home"
