"""What somebody might write into a guide to get more than words out of it, and the places to write it in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

ELSEWHERE = "https://elsewhere.example"

HTML = (
    "<script>alert(1)</script>", "<SCRIPT SRC=//elsewhere.example/x.js></SCRIPT>", "<script\n>alert(1)</script\n>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>", "<script/x>alert(1)</script>", "<script>alert(1)",
    "</article></main><script>alert(1)</script>", "</div></div></div><h1>Other page</h1>", "</p></li></ul></td></tr>",
    "<img src=x onerror=alert(1)>", "<img src=//elsewhere.example/x.png>", "<img/src='x'/onerror=alert(1)>",
    "<img srcset='//elsewhere.example/x 2x'>", "<picture><source srcset=//elsewhere.example/x><img></picture>",
    "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    "<svg><use href='//elsewhere.example/x#y'/></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>go</text></a></svg>",
    "<svg><foreignObject><iframe src=//elsewhere.example></iframe></foreignObject></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
    "<svg><style><img title='</style><img src=x onerror=alert(1)>'></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>", "<math href=javascript:alert(1)>go</math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<style>@import '//elsewhere.example/x.css';</style>", "<style>*{display:none}</style>",
    "<title><img src=x onerror=alert(1)></title>", "<textarea></textarea><script>alert(1)</script>", "<textarea>",
    "<xmp><script>alert(1)</script></xmp>", "<plaintext>", "<title>", "<select><option>", "<table><td>",
    "<template><script>alert(1)</script></template>", "<iframe src=//elsewhere.example></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>", "<object data=//elsewhere.example></object>",
    "<embed src=//elsewhere.example>", "<applet code=x>", "<link rel=stylesheet href=//elsewhere.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//elsewhere.example'>", "<base href=//elsewhere.example/>",
    "<form action=//elsewhere.example><input name=password></form>",
    "<button formaction=javascript:alert(1)>Go</button>", "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)><summary>a</summary></details>",
    "<video src=//elsewhere.example/x onerror=alert(1)></video>", "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>run</marquee>", "<body onload=alert(1)>", "<html onclick=alert(1)>", "<frameset>",
    "<p style='position:fixed;inset:0'>over all</p>", "<div class='tabbar site-nav'>a</div>",
    "<h1 id=main>Other</h1>", "<a id=stay_url name=location>a</a>", "<img name=body><img name=getElementById>",
    "<form id=leave></form>", "<a href=javascript:alert(1)>go</a>",
    "<a href=//elsewhere.example target=_blank>go</a>",
    "<a href='https://elsewhere.example' ping='//elsewhere.example' style='font-size:9em'>go</a>",
    "<dialog open>a</dialog>", "<portal src=//elsewhere.example></portal>", "<x-y onclick=alert(1)>a</x-y>",
    "<!-- a --><script>alert(1)</script><!-- b", "<!--><img src=x onerror=alert(1)>-->", "<!-- --!><img src=x>",
    "<![CDATA[<script>alert(1)</script>]]>", "<?xml version='1.0'?><?php echo 1 ?>", "<!DOCTYPE html><html>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)",
    "\\<script>alert(1)\\</script>", "<\\script>", "<\u200bscript>alert(1)</script>", "＜script＞alert(1)＜/script＞",
    "<figure data-picture=\"limits\">a</figure>", "<figure data-picture='../../base'>a</figure>",
    "{{ 7*7 }} {% include 'base.html' %} {# a #}", "{{ config.SECRET_KEY }}", "${7*7} #{7*7} <%= 7*7 %>",
)  # fmt: skip

# Where a link might lead.
ADDRESSES = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "javascript&colon;alert(1)", "javascript&#58;alert(1)",
    "&#106;avascript:alert(1)", "&#x6A&#x61vascript:alert(1)", "java&Tab;script:alert(1)",
    "java&NewLine;script:alert(1)", "java&#0;script:alert(1)", "&#1;javascript:alert(1)", "javascript://%0aalert(1)",
    "%6aavascript:alert(1)", "vbscript:msgbox(1)", "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=", "data:image/svg+xml;base64,PHN2Zz4=", "feed:javascript:alert(1)",
    "view-source:javascript:alert(1)", "jav\\ascript:1", "file:///etc/passwd", "blob:https://elsewhere.example/x",
    "about:blank", "intent://scan/#Intent;end", "ftp://a.example", "http://elsewhere.example", "//elsewhere.example",
    "///elsewhere.example", "/\\elsewhere.example", "\\\\elsewhere.example", "/%09/elsewhere.example",
    "https:elsewhere.example", "https:/elsewhere.example", "https:\\\\elsewhere.example", "https://", "https://[::1",
    "https://127.0.0.1/", "https://localhost/", "https://portal.example@elsewhere.example/",
    "https://user:secret@elsewhere.example/", "https://elsewhere.example:8443/", "https://еlsewhere.example/",
    "https://xn--lsewhere-9fg.example/", "https://elsewhere。example/",
    "https://elsewhere.example/&quot;onmouseover=alert(1)", "https://elsewhere.example/'><script>",
    "mailto:a@b.example", "tel:911;ext=javascript:alert(1)", "tel:+1-900-555-0100", "sms:988?body=help", "sms:a",
    "tel:", "#main", "#part-1", "?lang=es", "../staff", "/sign-out", "/guides/../staff", "who-to-call",
    "picture:limits",     "https://elsewhere.example/",
    "HTTPS://ELSEWHERE.EXAMPLE/A", "https://elsewhere.example/a?b=c&d=e#f", "cid:x",
    "x:y", ":", "%", "&", "&amp;colon;",
)  # fmt: skip
UNKNOWN = (
    "picture:../../base",
    "picture:%22><script>alert(1)</script>",
    "picture:{{7*7}}",
    "picture:",
    "picture:Limits",
)
# How Markdown writes a link.
LINKS: tuple[Callable[[str], str], ...] = (
    lambda address: f"[go]({address})",
    lambda address: f"[go](<{address}> \"onclick=alert(1)\")",
    lambda address: f"[go][there]\n\n[there]: {address}\n",
    lambda address: f"<{address}>",
    lambda address: f"![go]({address})",
    lambda address: f"[![go]({address})]({address})",
    lambda address: f"{address}",
)  # fmt: skip

# Shapes that Markdown itself allows, and that could break the page or the reader.
SHAPES = (
    "# A\n\n#### D\n\n###### F\n\n## B", "###### F\n\n# A", "#", "# \n## \n###", "# [go](javascript:alert(1))",
    "A\n=\n\nB\n-", "# <b>A</b> `<script>` ![x](picture:limits)", "## A {#main .tabbar onclick=alert(1)}",
    "[^1]\n\n[^1]: <script>", "```\n<script>alert(1)</script>", "~~~html\n</div>\n", "    <script>alert(1)</script>",
    "`<script>", "``` a ``` b `", "[a]: javascript:alert(1)\n[a]", "[a][]", "[a\n\n]: b", "![", "[](", "[a](",
    "[a]()", "[]()", "![]()", "[ ](https://a.example)", "[a](https://a.example \"b\"", "***a", "**a*b**c*",
    "> > > a\n- b\n1. c", "- - - - a", "* * *\n* * *", "- a\n\n\n\n- b", "1. a\n1000000000. b", "999999999. a",
    "|a|b|\n|-|-|\n|<script>|[go](javascript:alert(1))|x|", "|a\n|-\n|", "|-|\n|-|", "|a|b|\n|:-|-:|\n|x|y|",
    "a  \nb\\\nc", "a&nbsp;b&zwj;c&lrm;d&rlm;e", "&#x202e;sdrawkcab&#x202d;", "&#0;&#xD800;&#x110000;",
    "&notanentity; &amp;lt;script&amp;gt;", "![a](picture:limits)![b](picture:limits)", "a ![b](picture:limits) c",
    "[a ![b](picture:limits)](https://a.example)", "> ![a](picture:limits)", "- ![a](picture:limits)",
    "# ![a](picture:limits)", "**![a](picture:limits)**", "![<b>\"'](picture:limits)",
    "![a](picture:limits \"onload=alert(1)\")", "call 911 and [988](https://a.example) and 1-800-222-1222",
    "[911](tel:911) *988* `741741`", "988988988988988988988988988988988988",
)  # fmt: skip
# Too large for each to stand in every place.
LARGE = {
    "nested quotes": ">" * 10_000 + " a",
    "nested quotes with blanks": "> " * 10_000 + "a",
    "nested lists": "- " * 10_000 + "a",
    "nested numbered lists": "1. " * 10_000 + "a",
    "nested lists on lines": "\n".join("  " * depth + "- a" for depth in range(200)),
    "nested stars": "*" * 10_000 + "a" + "*" * 10_000,
    "nested brackets": "[" * 10_000 + "a" + "]" * 10_000,
    "brackets left open": "[" * 30_000,
    "pictures left open": "![" * 15_000,
    "links left open": "[a](" * 10_000,
    "many links": "[a](https://a.example) 988 " * 1_500,
    "many short lines": "a\n" * 20_000,
    "many marks": "*_" * 15_000,
    "many quoted lines": "> a\n" * 10_000,
    "backticks of every length": "".join("`" * length + " " for length in range(240)),
    "half closed stars": "*a**" * 10_000,
    "many references": "".join(f"[a{number}]: /b\n" for number in range(3_000)) + "[a1]" * 1_000,
    "one long word": "a" * 30_000,
    "one long line": "word " * 8_000,
    "a long address": f"[a]({ELSEWHERE}/{'a' * 20_000})",
    "a wide table": "|a" * 300 + "|\n" + "|-" * 300 + "|\n" + "|988" * 300 + "|",
    "a long table": "|a|b|\n|-|-|\n" + "|a|b|\n" * 5_000,
    "a long heading": "# " + "a" * 5_000,
    "many headings": "# a\n" * 500,
    "piled up marks": "a" + "\u0301" * 5_000,
    "many pictures": "![a](picture:limits)\n\n" * 30,
}  # fmt: skip

# Somebody's clipboard may hold these; no guide may.
TURNING = ("\x00", "\x07", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ufff9")

PLACES: dict[str, Callable[[str], str]] = {
    "alone": lambda words: words,
    "in a line": lambda words: f"before {words} after",
    "list": lambda words: f"- a\n- {words}\n- b",
    "numbered list": lambda words: f"1. {words}\n2. b",
    "quote": lambda words: f"> {words}",
    "list in a quote": lambda words: f"> - a\n>   - {words}",
    "table": lambda words: f"|a|b|\n|-|-|\n|{words}|c|",
    "heading": lambda words: f"## {words}",
    "emphasis": lambda words: f"*{words}* **{words}**",
    "link text": lambda words: f"[{words}]({ELSEWHERE})",
    "title of a link": lambda words: f"[a]({ELSEWHERE} '{words}')",
    "alt text": lambda words: f"![{words}](picture:limits)",
    "code": lambda words: f"`{words}`",
    "fence": lambda words: f"```{words}\n{words}\n```",
    "indented": lambda words: f"a\n\n    {words}",
    "reference": lambda words: f"[a]\n\n[a]: {ELSEWHERE} \"{words}\"",
}  # fmt: skip
HALF_OF_THE_PLACES = ("alone", "list in a quote", "table", "heading")


def cases() -> Iterator[tuple[str, str]]:
    """What is tried, in words, and as Markdown; no two are alike."""
    for words, (place, put) in product((*HTML, *SHAPES), PLACES.items()):
        yield f"{words!r} in: {place}", put(words)
    links = [link(address) for address, link in product((*ADDRESSES, *UNKNOWN), LINKS)]
    for words, place in product(dict.fromkeys(links), HALF_OF_THE_PLACES):
        yield f"{words!r} in: {place}", PLACES[place](words)
    yield from LARGE.items()


def guides() -> Iterator[str]:
    """The same in guides of a size that a person might write: each thing that is tried in all places."""
    for words in (*HTML, *SHAPES):
        yield "\n\n".join(put(words) for put in PLACES.values())
    for start in range(0, len(ADDRESSES), 8):
        yield "\n\n".join(link(address) for address in ADDRESSES[start : start + 8] for link in LINKS)
    yield from LARGE.values()
