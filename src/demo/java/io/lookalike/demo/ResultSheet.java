package io.lookalike.demo;

import java.awt.image.BufferedImage;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * The page that shows what the searches found: every query picture with its matches beside it.
 *
 * <p>One self-contained HTML file with embedded JPEGs, no scripts, light and dark. The frame and a sign show whether a
 * match is right, so it does not depend on colour alone. About 5 KB a picture; everything is built in memory.
 * Stateless.
 */
final class ResultSheet {
    private static final int SIDE = 160;

    private ResultSheet() {}

    /** Whether a match is right. */
    enum Verdict {
        RIGHT("✓"),
        WRONG("✗"),
        MISSED("–");

        final String sign;

        Verdict(String sign) {
            this.sign = sign;
        }
    }

    /**
     * One picture in an answer.
     *
     * @param jpeg its thumbnail, from {@link #thumbnail}
     * @param title what it is: a class or a kind of copy
     * @param note its distance or score
     */
    record Match(String jpeg, String title, String note, Verdict verdict) {}

    /** One query picture and its answer, best first. */
    record Query(String jpeg, String title, String note, List<Match> matches) {}

    /** A kind of search with some of its answers. */
    record Section(String title, String text, List<Query> queries) {}

    /** A measured figure, formatted. */
    record Figure(String value, String label, String note) {}

    /** Figures under a common heading. */
    record Group(String title, List<Figure> figures) {}

    /** A small copy as the base64 of a JPEG. */
    static String thumbnail(BufferedImage image) {
        return Base64.getEncoder().encodeToString(Pixels.jpeg(Pixels.thumbnail(image, SIDE), 0.82f));
    }

    /** The whole page; every text is escaped. */
    static String html(String title, String subtitle, List<Group> groups, List<Section> sections) {
        StringBuilder out = new StringBuilder(1 << 20);
        out.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
                .append(escape(title))
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n</head>\n<body>\n<header>\n<h1>")
                .append(escape(title))
                .append("</h1>\n<p>")
                .append(escape(subtitle))
                .append("</p>\n<div class=\"figures\">\n");
        groups.forEach(group -> group(out, group));
        out.append("</div>\n</header>\n<main>\n");
        sections.forEach(section -> section(out, section));
        return out.append("</main>\n</body>\n</html>\n").toString();
    }

    private static void group(StringBuilder out, Group group) {
        out.append("<table><caption>").append(escape(group.title())).append("</caption>\n");
        for (Figure figure : group.figures()) {
            out.append("<tr><th scope=\"row\">").append(escape(figure.label()));
            if (!figure.note().isEmpty()) {
                out.append(" <small>").append(escape(figure.note())).append("</small>");
            }
            out.append("</th><td>").append(escape(figure.value())).append("</td></tr>\n");
        }
        out.append("</table>\n");
    }

    private static void section(StringBuilder out, Section section) {
        out.append("<section>\n<h2>")
                .append(escape(section.title()))
                .append("</h2>\n<p>")
                .append(escape(section.text()))
                .append("</p>\n");
        for (Query query : section.queries()) {
            out.append("<article>\n<figure class=\"query\">");
            picture(out, query.jpeg(), "query picture: " + query.title());
            out.append("<figcaption><b>")
                    .append(escape(query.title()))
                    .append("</b><span>")
                    .append(escape(query.note()))
                    .append("</span></figcaption></figure>\n<div class=\"matches\">\n");
            for (Match match : query.matches()) {
                match(out, match);
            }
            out.append("</div>\n</article>\n");
        }
        out.append("</section>\n");
    }

    private static void match(StringBuilder out, Match match) {
        String verdict = match.verdict().name().toLowerCase(Locale.ROOT);
        out.append("<figure class=\"").append(verdict).append("\">");
        picture(out, match.jpeg(), verdict + " match: " + match.title() + ", " + match.note());
        out.append("<figcaption><b><i>")
                .append(match.verdict().sign)
                .append("</i>")
                .append(escape(match.title()))
                .append("</b><span>")
                .append(escape(match.note()))
                .append("</span></figcaption></figure>\n");
    }

    private static void picture(StringBuilder out, String jpeg, String alt) {
        out.append("<img loading=\"lazy\" src=\"data:image/jpeg;base64,")
                .append(jpeg)
                .append("\" alt=\"")
                .append(escape(alt))
                .append("\">");
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private static final String STYLE = """
            :root { color-scheme: light dark;
              --page: #f6f6f4; --card: #fff; --ink: #1c1d21; --soft: #63666f; --line: #dddcd7; --right: #16884a; --wrong: #cf2f3c; --accent: #3a4fc1; }
            @media (prefers-color-scheme: dark) { :root {
              --page: #131418; --card: #1d1f25; --ink: #ececee; --soft: #9a9da8; --line: #33363f; --right: #3fc47c; --wrong: #ff6470; --accent: #93a3ff; } }
            * { box-sizing: border-box; margin: 0; }
            body { background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
            header, main { max-width: 1320px; margin: 0 auto; padding: 0 24px; }
            header { padding-top: 32px; }
            h1 { font-size: 27px; letter-spacing: -.02em; line-height: 1.2; }
            h2 { font-size: 19px; margin-top: 36px; letter-spacing: -.01em; }
            p { color: var(--soft); max-width: 85ch; margin-top: 4px; }
            .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(290px, 1fr)); gap: 14px; align-items: start; margin-top: 18px; }
            table { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 14px 8px; border-spacing: 0; width: 100%; }
            caption { text-align: left; font-weight: 600; padding: 0 2px 6px; color: var(--accent); }
            th { text-align: left; font-weight: 400; padding: 3px 0; }
            th small { color: var(--soft); }
            td { text-align: right; font-weight: 600; font-variant-numeric: tabular-nums; padding: 3px 0 3px 12px; vertical-align: top; white-space: nowrap; }
            article { display: grid; grid-template-columns: 150px 1fr; gap: 20px; background: var(--card); border: 1px solid var(--line);
              border-radius: 10px; padding: 12px; margin-top: 12px; }
            .matches { display: grid; grid-template-columns: repeat(10, minmax(0, 1fr)); gap: 10px; align-content: start; }
            .query { border-right: 1px solid var(--line); padding-right: 16px; }
            img { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: contain; border-radius: 6px; background: var(--page); }
            .right img { outline: 3px solid var(--right); outline-offset: -1px; }
            .wrong img { outline: 3px solid var(--wrong); outline-offset: -1px; }
            .missed img { opacity: .45; outline: 2px dashed var(--soft); outline-offset: -1px; }
            figcaption { padding-top: 6px; font-size: 11.5px; letter-spacing: -.01em; line-height: 1.3; overflow-wrap: anywhere; }
            figcaption b { display: block; font-weight: 600; }
            figcaption span { color: var(--soft); font-variant-numeric: tabular-nums; }
            i { font-style: normal; margin-right: 4px; }
            .right i { color: var(--right); } .wrong i { color: var(--wrong); } .missed i { color: var(--soft); }
            main { padding-bottom: 48px; }
            @media (max-width: 1180px) { .matches { grid-template-columns: repeat(5, minmax(0, 1fr)); } }
            @media (max-width: 620px) { .matches { grid-template-columns: repeat(3, minmax(0, 1fr)); }
              article { grid-template-columns: 1fr; } .query { border: 0; padding: 0; max-width: 180px; } }
            """;
}
