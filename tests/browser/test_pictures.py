"""The pictures in the guides on the narrowest phone: no word is cut off, and none lies on another."""

from __future__ import annotations

import pytest

from portal.services.guide_text import pictures_in, render
from tests.browser.conftest import Visit
from tests.front_door.conftest import GUIDES

pytestmark = pytest.mark.browser

WITH_PICTURES = [file for file in sorted(GUIDES.glob("*/*.md")) if pictures_in(render(file.read_text())[0])]

# Every text of a drawing that reaches out of it, out of the shape that it stands in, or into another text.
MISPLACED = """() => [...document.querySelectorAll('.picture svg')].flatMap(svg => {
    const place = part => part.getBBox();
    const right = box => box.x + box.width, bottom = box => box.y + box.height;
    const holds = (box, x, y) => x >= box.x && y >= box.y && x <= right(box) && y <= bottom(box);
    const cuts = (box, text) => !holds(box, text.x, text.y) || !holds(box, right(text), bottom(text));
    const meet = (one, two) =>
        one.x < right(two) && two.x < right(one) && one.y < bottom(two) && two.y < bottom(one);
    const drawing = {x: 0, y: 0, width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height};
    const shapes = [...svg.querySelectorAll('rect, circle')].map(place);
    const texts = [...svg.querySelectorAll('text')].map(part => ({words: part.textContent, box: place(part)}));
    return texts.flatMap(({words, box}, index) => {
        const around = shapes.filter(shape => holds(shape, box.x + box.width / 2, box.y + box.height / 2));
        const cut = [drawing, ...around].some(shape => cuts(shape, box)) ? [words] : [];
        return cut.concat(texts.slice(index + 1).filter(other => meet(box, other.box)).map(other => other.words));
    });
})"""


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_word_of_a_picture_is_cut_off_or_lies_on_another(visit: Visit, language: str) -> None:
    visitor = visit(None, width=320, height=844)
    misplaced = {}
    for file in WITH_PICTURES:
        if file.parent.name == language:
            visitor.open(f"/guides/{file.stem}?lang={language}")
            misplaced[file.stem] = visitor.page.evaluate(MISPLACED)

    assert len(misplaced) >= 8
    assert {slug: words for slug, words in misplaced.items() if words} == {}
