"""What a reader will be able to do after a chapter, as a card at its head."""

import re

# The writer's words, and the list below them.
AIMS = re.compile(r"<p>(After this (?:chapter|lab) you can\b[^<]*)</p>\s*(<ul>.*?</ul>)", re.DOTALL)


def framed(page_html: str) -> str:
    """The page with a frame around the first such list; a page that has none stays as it is."""
    return AIMS.sub(r'<div class="aims"><p>\1</p>\n\2</div>', page_html, count=1)
