package io.lookalike;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lookalike.encoder.FieldNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.rest.RestHandler;
import org.junit.jupiter.api.Test;

/** Holds the documentation against the code, and its links against what they lead to. */
class PagesTests {
    private static final Path REFERENCE = Path.of("docs/reference.md");
    private static final Path QUERIES = Path.of("src/main/java/io/lookalike/query");
    private static final int README_LINES = 150;

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$");
    private static final Pattern SETTING_ROW = Pattern.compile("(?m)^\\| `(lookalike\\.[a-z._]+)` \\|");
    private static final Pattern PARAMETER = Pattern.compile("new ParseField\\(\"(\\w+)\"\\)");
    private static final Pattern FIGURE = Pattern.compile("map\\.put\\(\\s*\"(\\w+)\"");

    static {
        TestLogging.start();
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        for (String directory : new String[] {".", "docs"}) {
            try (Stream<Path> files = Files.list(Path.of(directory))) {
                files.filter(file -> file.toString().endsWith(".md"))
                        .map(Path::normalize)
                        .forEach(pages::add);
            }
        }
        return pages;
    }

    private static Set<String> found(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult result) -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** As GitHub names them. */
    private static Set<String> anchors(Path page) throws IOException {
        String prose = CODE.matcher(Files.readString(page)).replaceAll("");
        return found(HEADING, prose).stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path page : pages()) {
            String prose = CODE.matcher(Files.readString(page)).replaceAll("");
            for (String link : found(LINK, prose)) {
                if (link.startsWith("https://")) {
                    continue;
                }
                links++;
                String[] parts = link.split("#", 2);
                Path target = parts[0].isEmpty()
                        ? page
                        : page.resolveSibling(parts[0]).normalize();
                if (!Files.exists(target)
                        || (parts.length == 2 && !anchors(target).contains(parts[1]))) {
                    broken.add(page + ": " + link);
                }
            }
        }
        assertEquals(List.of(), broken);
        assertTrue(links > 50, links + " links");
    }

    @Test
    void theReadmeIsOnePage() throws IOException {
        int lines = Files.readAllLines(Path.of("README.md")).size();
        assertTrue(lines <= README_LINES, lines + " lines");
    }

    @Test
    void everySettingHasItsRowAndNoOtherIsThere() throws IOException {
        Set<String> settings = new LookalikePlugin()
                .getSettings().stream().map(Setting::getKey).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(settings, found(SETTING_ROW, Files.readString(REFERENCE)));
    }

    @Test
    void everyRequestIsThere() throws IOException {
        String page = Files.readString(REFERENCE);
        int routes = 0;
        for (RestHandler handler : new LookalikePlugin().getRestHandlers(null, null, null)) {
            for (RestHandler.Route route : handler.routes()) {
                String request = "`" + route.getMethod() + " " + route.getPath() + "`";
                assertTrue(page.contains(request), request);
                routes++;
            }
        }
        assertTrue(routes >= 14, routes + " routes");
    }

    @Test
    void everyParameterOfQueriesIsThere() throws IOException {
        String page = Files.readString(REFERENCE);
        Set<String> parameters = new TreeSet<>();
        try (Stream<Path> files = Files.list(QUERIES)) {
            for (Path file : files.toList()) {
                parameters.addAll(found(PARAMETER, Files.readString(file)));
            }
        }
        assertTrue(parameters.size() > 20, parameters::toString);
        for (String parameter : parameters) {
            assertTrue(page.contains("`" + parameter + "`") || page.contains("\"" + parameter + "\""), parameter);
        }
    }

    @Test
    void everyFieldAndFigureIsThere() throws IOException {
        String page = Files.readString(REFERENCE);
        for (String name : FieldNames.ALL) {
            assertTrue(page.contains("`photo." + name + "`"), name);
        }
        Path room = Path.of("src/main/java/io/lookalike/inference");
        Set<String> figures = new TreeSet<>();
        for (String type : new String[] {"EncodingStats", "Encoders", "WorkQueues"}) {
            figures.addAll(found(FIGURE, Files.readString(room.resolve(type + ".java"))));
        }
        assertTrue(figures.size() > 15, figures::toString);
        for (String figure : figures) {
            assertTrue(page.contains("`" + figure + "`"), figure);
        }
    }
}
