import { describe, expect, test } from "vitest";
import { htmlToText } from "./html-to-text.ts";
import { parseMail } from "./parse-mail.ts";

const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const lines = (...all: string[]): string => all.join("\n");

describe("htmlToText", () => {
  test.each([
    ["plain", "plain"],
    ["<p>one</p><p>two</p>", "one two"],
    ["F<b>R</b><FONT color=red>E</FONT>E", "FREE"],
    ["a<br>b<BR/>c", "a b c"],
    ["<td>1</td><td>2</td>", "1 2"],
    ["x<script>var a = '<p>no</p>';</script>y", "x y"],
    ["x<STYLE type=a>p { }</STYLE >y", "x y"],
    ["x<script>never closed", "x"],
    ["a<!-- gone <b> -->b", "ab"],
    ["a<!--never closed>b", "ab"],
    ["1 < 2 <3", "1 < 2 <3"],
    ["&lt;b&gt; &amp;amp; &#65;&#x42; &nbsp;&euro; &AMP; &bogus; &#0; &copy 2002", "<b> &amp; AB \u20ac & &bogus; &#0; \u00a9 2002"],
    ["<a href='x'", ""],
    ["", ""],
  ])("%j", (html, text) => {
    expect(htmlToText(html)).toBe(text);
  });
});

describe("parseMail", () => {
  test("drops headers, continuation lines and the mbox line; keeps the subject apart", () => {
    const mail = parseMail(
      lines(
        "From a@b Thu Aug 22",
        "Return-Path: <a@b>",
        "Subject: Long",
        "\t subject ",
        "X-Flag: yes",
        "",
        "Body: not a header",
        "",
        "Bye",
      ),
    );
    expect(mail).toEqual({ subject: "Long subject", text: "Body: not a header\n\nBye" });
  });

  test("the first of repeated headers counts, and its continuation is not added to another", () => {
    expect(parseMail(lines("Subject: one", "Subject: two", " three", "", "x")).subject).toBe("one");
  });

  test("carriage returns do not matter", () => {
    const source = lines("Subject: s", "Content-Type: text/html", "", "<p>a</p>", "b");
    expect(parseMail(source.replaceAll("\n", "\r\n"))).toEqual(parseMail(source));
  });

  test("text without headers is body, headers without body give no text", () => {
    expect(parseMail("just a line\nand another")).toEqual({ subject: "", text: "just a line\nand another" });
    expect(parseMail("Subject: s\nX: y")).toEqual({ subject: "s", text: "" });
  });

  test("quoted-printable: soft breaks, bytes of the charset", () => {
    const head = ["Content-Type: text/plain; charset=ISO-8859-1", "Content-Transfer-Encoding: quoted-printable", ""];
    expect(parseMail(lines(...head, "caf=E9 =", "1 =3D 1")).text).toBe("caf\u00e9 1 = 1");
    expect(parseMail(latin(lines(...head, "caf=E9 =", "1 =3D 1"))).text).toBe("caf\u00e9 1 = 1");
    const utf8 = lines('Content-Type: text/plain; charset="utf-8"', "Content-Transfer-Encoding: Quoted-Printable", "", "caf=C3=A9");
    expect(parseMail(utf8).text).toBe("caf\u00e9");
  });

  test("base64, with a list's plain footer behind it", () => {
    const mail = lines("Content-Type: text/plain", "Content-Transfer-Encoding: base64", "", "SGVsbG8s", "IHdvcmxk", "", "_______ list");
    expect(parseMail(mail).text).toBe("Hello, world");
  });

  test("eight-bit bodies: declared charset, UTF-8 without one, Windows-1252 when it is neither", () => {
    const plain = "Content-Type: text/plain; charset=";
    expect(parseMail(latin(`${plain}koi8-r\n\n\xf0\xd2\xc9`)).text).toBe("\u041f\u0440\u0438");
    expect(parseMail(latin("X: y\n\ncaf\xc3\xa9")).text).toBe("caf\u00e9");
    expect(parseMail(latin("X: y\n\ncaf\xe9 \x93q\x94")).text).toBe("caf\u00e9 \u201cq\u201d");
    expect(parseMail(latin(`${plain}no-such-charset\n\ncaf\xe9`)).text).toBe("caf\u00e9");
    expect(parseMail("X: y\n\n\u0434\u0430").text).toBe("\u0434\u0430");
  });

  test("multipart: text parts are joined, attachments and other types left out", () => {
    const mail = lines(
      'Content-Type: multipart/mixed; boundary="b=1"',
      "",
      "preamble",
      "--b=1",
      "",
      "first",
      "--b=1",
      "Content-Type: text/html",
      "",
      "<b>second</b>",
      "--b=1",
      "Content-Type: text/plain",
      'Content-Disposition: attachment; filename="a.txt"',
      "",
      "attached",
      "--b=1",
      "Content-Type: image/gif",
      "Content-Transfer-Encoding: base64",
      "",
      "R0lGODlh",
      "--b=1",
      "Content-Type: message/rfc822",
      "",
      "Subject: inner",
      "",
      "forwarded",
      "--b=1--",
      "epilogue",
    );
    expect(parseMail(mail)).toEqual({ subject: "", text: "first\nsecond\nforwarded" });
  });

  test("alternatives: the first with text; nested parts and a missing end boundary", () => {
    const mail = lines(
      "Content-Type: multipart/related;",
      "\tboundary=outer",
      "",
      "--outer",
      "Content-Type: multipart/alternative; boundary=inner",
      "",
      "--inner",
      "Content-Type: text/plain",
      "",
      "",
      "--inner",
      "Content-Type: text/html",
      "",
      "<p>shown</p>",
      "--inner",
      "Content-Type: text/html",
      "",
      "<p>not shown</p>",
    );
    expect(parseMail(mail).text).toBe("shown");
  });

  test("malformed: no boundary, a boundary that never comes, HTML said to be plain", () => {
    expect(parseMail("Content-Type: multipart/mixed\n\nas it stands").text).toBe("as it stands");
    expect(parseMail("Content-Type: multipart/mixed; boundary=x\n\nas it stands").text).toBe("as it stands");
    expect(parseMail("Content-Type: text/plain\n\n<html><body>hi</body></html>").text).toBe("hi");
    expect(parseMail("Content-Type: text/plain\n\n<FONT size=2>hi</FONT>").text).toBe("hi");
    expect(parseMail("X: y\n\n<snip> yes").text).toBe("<snip> yes");
    expect(parseMail("X: y\n\n<me@example.org> wrote <3").text).toBe("<me@example.org> wrote <3");
    expect(parseMail("Content-Type: text\n\nhi").text).toBe("hi");
  });

  test("a multipart body whose header was lost is still taken apart", () => {
    const body = ["This is a MIME message", "", "--=_x", "Content-Type: text/html", "", "<p>shown</p>", "--=_x--"];
    expect(parseMail(lines("Subject: s", "", ...body)).text).toBe("shown");
    expect(parseMail(lines("Subject: s", "", "-- ", "My name", "Content-Type: what is it?")).text).toMatch(/^--/);
  });

  test("an empty mail is refused", () => {
    expect(() => parseMail("")).toThrow("parseMail: a mail must not be empty; got no text. Check the file.");
    expect(() => parseMail(new Uint8Array(0))).toThrow("parseMail: a mail must not be empty");
  });
});
