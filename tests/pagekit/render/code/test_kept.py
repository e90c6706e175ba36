"""What a page says under a block whose run is kept, and not of this build."""

import re
from html import unescape

from pagekit.project import Project, write_whole
from pagekit.read.blocks import read_page
from pagekit.run import recorded, results
from pagekit.run.reads.record import Record
from tests.pagekit.render.test_extension import html_of

TEXT = """# T

```python holds="ratio > 1"
ratio = 0.5
print("ratio", ratio)
```

<!--pytest-codeblocks:cont-->
```python
print(2 * ratio)
```

It is `{python} ratio` times as fast.
"""


def kept(project: Project, text: str) -> None:
    """Keep a run of a faster machine."""
    path = project.docs / "page.md"
    path.write_text(text)
    page = read_page(path, project)
    (chain,) = page.chains
    result = {
        "segments": [vars(results.Segment("ratio 2.5\n")), vars(results.Segment("5.0\n"))],
        "values": {"ratio": "2.5"},
        "record": vars(Record()),
        "measured": {"date": "2026-03-05", "processor": "A<B> 9"},
    }
    write_whole(recorded.path_of(page, chain, project), results.sealed(result))


def test_a_kept_run_is_shown_with_processor_and_day(project: Project) -> None:
    kept(project, TEXT)
    html = html_of(project, TEXT)
    said = re.findall(r'<p class="pk-recorded">(.*?)</p>', html)
    assert said == 2 * [
        "Measured on 5 March 2026, on this processor: A&lt;B&gt; 9. This build ran the block 3 "
        "times, and none of these runs bore out <code>ratio &gt; 1</code>."
    ]
    assert "<samp>ratio 2.5</samp>" in html and "<samp>5.0</samp>" in html
    assert '<span class="pk-value">2.5</span> times as fast' in html
    assert html.count('data-run="ok"') == 2


def test_where_the_claim_holds_nothing_is_said(project: Project) -> None:
    text = TEXT.replace("ratio = 0.5", "ratio = 1.5")
    kept(project, text)
    html = html_of(project, text)
    assert "pk-recorded" not in html
    assert "<samp>ratio 1.5</samp>" in html


def test_the_copy_has_nothing_of_the_claim(project: Project) -> None:
    html = html_of(project, TEXT.replace("ratio = 0.5", "ratio = 1.5"))
    codes = re.findall(r'data-chain="\d+".*?<code[^>]*>(.*?)</code>', html, re.S)
    plain = [unescape(re.sub(r"<[^>]+>", "", code)) for code in codes]
    assert plain == ['ratio = 1.5\nprint("ratio", ratio)\n', "print(2 * ratio)\n"]
    assert "holds" not in html
