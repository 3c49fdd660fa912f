"""English is many readers' second language here, and from many countries: 05/06 means two days."""

SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
