from allauth.account.forms import BaseSignupForm  # noqa: F401
