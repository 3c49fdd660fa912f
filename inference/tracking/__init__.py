"""Which lesion of today is which lesion of last visit.

    mesh       the canonical face, and a photographed face laid on it
    spots      the lesions of one visit on the face, each counted once however many views show it
    drift      the smooth error between two meshes of one face, from the lesions themselves
    matching   two visits: new, persisting, changed, resolved, not visible (needs scipy)
    amounts    how many there are, and how sure that is
    change     is it better or worse, and how sure

All but `matching` need numpy only, which the site has too, so that it merges a doctor's corrections
at once, by the code that the worker used.
"""
