"""Tracking checked on known truth: faces re-posed by a textured mesh, and real pictures."""
