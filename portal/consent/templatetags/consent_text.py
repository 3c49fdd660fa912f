from django import template

from portal.consent.text import blocks

register = template.Library()
register.filter("blocks", blocks)
