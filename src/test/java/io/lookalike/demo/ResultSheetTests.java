package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.demo.ResultSheet.Figure;
import io.lookalike.demo.ResultSheet.Group;
import io.lookalike.demo.ResultSheet.Match;
import io.lookalike.demo.ResultSheet.Query;
import io.lookalike.demo.ResultSheet.Section;
import io.lookalike.demo.ResultSheet.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResultSheetTests {
    private static final String HOSTILE = "<img src=x onerror='alert(1)'>&\"";

    @Test
    void escapesEveryText() {
        String jpeg = "AQID";
        Match match = new Match(jpeg, HOSTILE, HOSTILE, Verdict.WRONG);
        Query query = new Query(jpeg, HOSTILE, HOSTILE, List.of(match));
        String html = ResultSheet.html(
                HOSTILE,
                HOSTILE,
                List.of(new Group(HOSTILE, List.of(new Figure(HOSTILE, HOSTILE, HOSTILE)))),
                List.of(new Section(HOSTILE, HOSTILE, List.of(query))));
        assertFalse(html.contains("<img src=x"));
        assertFalse(html.contains("alert(1)'"));
        assertEquals("&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;&quot;", ResultSheet.escape(HOSTILE));
        assertEquals(16, html.split("&lt;img src=x", -1).length - 1);
    }

    @Test
    void holdsPicturesWithAltTextAndVerdict() {
        String jpeg = ResultSheet.thumbnail(DrawnPictures.draw("fish", 0, 1));
        Query query = new Query(
                jpeg,
                "fish 00",
                "query",
                List.of(
                        new Match(jpeg, "fish 01", "cosine 0.900", Verdict.RIGHT),
                        new Match(jpeg, "mirrored", "more than 10", Verdict.MISSED)));
        String html = ResultSheet.html("t", "s", List.of(), List.of(new Section("h", "p", List.of(query))));
        assertEquals(3, html.split("src=\"data:image/jpeg;base64,/9j/", -1).length - 1);
        assertTrue(html.contains("alt=\"query picture: fish 00\""));
        assertTrue(html.contains("alt=\"right match: fish 01, cosine 0.900\""));
        assertTrue(html.contains("<figure class=\"missed\">"));
        assertFalse(html.contains("http"), "the page must not refer to anything outside");
    }
}
