package io.lookalike;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SecurityPageTests {
    private static final Pattern NAMED = Pattern.compile("`((?:cluster|indices):[a-z/]*lookalike[a-z/]*[a-z])`");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z:/]+)` \\|");
    private static final Pattern ROLE = Pattern.compile("(?s)```json\\n(.*?)```");

    static {
        TestLogging.start();
    }

    private final String page = page();

    private static String page() {
        try {
            return Files.readString(Path.of("docs/security.md"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Set<String> registered() {
        return new LookalikePlugin()
                .getActions().stream()
                        .map(handler -> handler.getAction().name())
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> found(Pattern pattern) {
        return pattern.matcher(page)
                .results()
                .map((MatchResult result) -> result.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyActionHasItsRowAndNoOtherIsNamed() {
        assertEquals(registered(), found(ROW));
        assertEquals(registered(), found(NAMED));
    }

    @Test
    void rolesAreJsonAndNameWhatThereIs() throws IOException {
        List<String> named = new ArrayList<>();
        for (String role : found(ROLE)) {
            JsonNode json = new JsonMapper().readTree(role);
            json.path("cluster").forEach(name -> named.add(name.asText()));
            json.path("indices").get(0).path("privileges").forEach(name -> named.add(name.asText()));
        }
        assertTrue(named.size() > 10, named::toString);
        for (String name : named) {
            if (name.contains("lookalike")) {
                String start = name.replace("*", "");
                assertTrue(registered().stream().anyMatch(action -> action.startsWith(start)), name);
            }
        }
    }
}
