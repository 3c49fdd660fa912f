"""One sentence for every code: what is wrong and what to do, most useful first.

The order is the order in which findings are reported: light first, for in the dark neither a face
nor sharpness can be judged. The site keeps its own translations by the same codes.
"""

from __future__ import annotations

REASONS = {
    "too_dark": "The picture is too dark. Turn towards a window or a lamp.",
    "overexposed": "The picture is too bright. Step out of direct light and switch the flash off.",
    "no_face": "No face was found. Hold the phone at arm's length and look at the camera.",
    "several_faces": "There is more than one face. Only you should be in the picture.",
    "no_skin": "Hardly any skin is in the picture. Uncover the area and let it fill the picture.",
    "few_pixels": "The picture has too few pixels. Send the photo in its original size.",
    "too_far": "The face is too small. Come closer, so that it fills most of the picture.",
    "too_close": "The face does not fit into the picture. Move the phone further away.",
    "cut_off": "Part of the face is cut off. Move it to the middle of the picture.",
    "covered": "Much of the face is covered. Take off a mask, move hair and hands out of the way.",
    "not_front": "The face is turned away. Look straight at the camera.",
    "not_left": "The left cheek is not in view. Turn your head to the right.",
    "not_right": "The right cheek is not in view. Turn your head to the left.",
    "head_tipped": "The head is tipped too far. Hold the phone level with your eyes.",
    "harsh_shadow": "Part of the skin lies in deep shadow. Face the window or the lamp.",
    "blurred": "The picture is blurred. Wipe the lens, hold the phone still and take it again.",
    "no_colour": "The picture is black and white. Send it in colour.",
    "wrong_colours": "The colours are unnatural. Use daylight and no filter.",
}

CAUTIONS = {
    "rather_dark": "The picture is rather dark; faint lesions may be missed.",
    "rather_bright": "Parts of the skin are overexposed; lesions there may be missed.",
    "uneven_light": "The light is uneven; lesions in the shadow may be missed.",
    "mixed_light": "Light of different colours falls on the face; redness may be misjudged.",
    "another_face": "Another face is in the picture; the largest one was read.",
    "little_skin": "Little of the picture is skin.",
    "rather_small": "The face is rather small; small lesions may be missed.",
    "rather_close": "The face fills the picture; its edges may be missing.",
    "slightly_cut_off": "Part of the face lies outside the picture.",
    "partly_covered": "Part of the face is covered; lesions there are not counted.",
    "glasses": "Glasses cover the skin round the eyes.",
    "slightly_turned": "The head is turned differently from the view asked for.",
    "slightly_tipped": "The head is tipped; regions may be assigned wrongly.",
    "leaning": "The head leans to one side.",
    "slightly_blurred": "The picture is slightly blurred; small lesions may be missed.",
    "colour_cast": "The colours look off; redness may be misjudged.",
}

MESSAGES = {**REASONS, **CAUTIONS}
