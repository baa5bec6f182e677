"""What the preview's box would refuse is taken out of a mail before, named, and nothing else is touched."""

import pytest

from campaigns.mail_shown import PARTS, PICTURES, SCRIPTS, STYLES, Shown, shown

LONG = 65_536


@pytest.mark.parametrize(
    "html",
    [
        "",
        "1 < 2 > 0 & <b title='a' style=\"color:red\">bold</b>",
        '<img src="https://x.example/a.png" alt="on top"><img src=data:image/gif;base64,R0lG>',
        "<picture><source srcset='https://x.example/a.webp 2x'></picture>",
        "<style>p{background:url(https://x.example/a.png)} b{fill:url(#a)}</style>url(a.png)",
        '<link href="https://x.example/a.css" rel="stylesheet" type="text/css">',
        "<!--[if mso]><table><tr><td><![endif]--><a href='https://x.example'>on=1</a>",
        '<a href="https://x.example/?q=a onclick=b src=c style=url(d) javascript:" title="<script> onload=e">b</a>',
        "<a title='a > b' href=https://x.example/url(c)/>d</a><noscript>e</noscript>",
        "<!-- <a title=' --><p style='background:url(&quot;https://x.example/a.png&quot;)'>it's</p>",
        '<meta http-equiv="Content-Type" content="text/html"><p class="son" data-on="a=b">c</p>',
    ],
)
def test_what_a_box_takes_stays_as_it_is(html: str) -> None:
    assert shown(html) == Shown(html, ())


@pytest.mark.parametrize(
    ("html", "left", "left_out"),
    [
        ("a<script>b<i></SCRIPT >c", "ac", (SCRIPTS,)),
        ("a<script src=x>b", "ab", (SCRIPTS,)),
        ("<p onclick='x()' class=a ONLOAD=\"y()\" on=1>b</p>", "<p class=a on=1>b</p>", (SCRIPTS,)),
        ("<a href='javascript:x()' class=a>b</a>", "<a class=a>b</a>", (SCRIPTS,)),
        ("<a title='>' href=' &#106;ava\nscript:x()' class=a>b</a>", "<a title='>' class=a>b</a>", (SCRIPTS,)),
        ("<p title='a>b' onclick=x>c</p>", "<p title='a>b'>c</p>", (SCRIPTS,)),
        ('<img alt=a src="http://x.example/a.png">', "<img alt=a>", (PICTURES,)),
        ("<td background='a.png'>b</td>", "<td>b</td>", (PICTURES,)),
        ("<img src=cid:a><img srcset='a.png 2x'>", "<img><img>", (PICTURES,)),
        ('<p style="background:url(http://x.example/a)">b</p>', '<p style="background:none">b</p>', (STYLES,)),
        ("<style>@import url('http://x.example/a');</style>", "<style>@import none;</style>", (STYLES,)),
        ("<link rel=stylesheet href=http://x.example/a.css>b", "b", (STYLES,)),
        ("<link rel=icon href=https://x.example/a.ico>b", "b", ()),
        ("<iframe src='https://x.example'></iframe><object data=a></object><base href=a>", "", (PARTS,)),
        ("<meta http-equiv='refresh' content='0;url=/'><video src=a></video>b", "b", (PARTS,)),
    ],
)
def test_what_a_box_refuses_is_taken_out_and_named(html: str, left: str, left_out: tuple[str, ...]) -> None:
    assert shown(html) == Shown(left, left_out)


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<a>",
        "<script>",
        "</script",
        "<p on",
        "<p on='",
        "<p ona =",
        "url(",
        "<style>url(",
        "<p src='",
        "<!--",
        "&a",
    ],
)
@pytest.mark.timeout(15, func_only=True)
def test_no_repetition_takes_for_ever(piece: str) -> None:
    text = (piece * LONG)[:LONG]

    for html in (text, f"<p{text.replace('<', ' ')}>", f"<style>{text}"):
        assert len(shown(html).html) <= len(html) + len("none")
