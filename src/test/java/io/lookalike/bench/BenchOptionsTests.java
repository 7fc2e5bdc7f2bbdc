package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lookalike.Scripts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchOptionsTests {
    private static final List<Benchmark> BENCHMARKS = List.of(new Named("one"), new Named("two"));

    @TempDir
    Path folder;

    private record Named(String name) implements Benchmark {
        @Override
        public List<ObjectNode> run(Optional<Path> data, Consumer<String> say) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void readsEverythingInAnyOrder() {
        Path json = folder.resolve("out.json");
        BenchOptions options =
                BenchOptions.parse(BENCHMARKS, "--data", folder.toString(), "two", "--json", json.toString());
        assertEquals("two", options.benchmark().name());
        assertEquals(Optional.of(folder), options.data());
        assertEquals(Optional.of(json.toAbsolutePath()), options.json());
        assertEquals(Optional.empty(), BenchOptions.parse(BENCHMARKS, "one").data());
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        refused("unknown benchmark [three]; allowed are [one, two]", "three");
        refused("give the name of a benchmark, one of [one, two]; see --help");
        refused("unknown option [--fast]; see --help", "one", "--fast");
        refused("unknown option [two]; see --help", "one", "two");
        refused("option [--data] needs a value; see --help", "one", "--data");
        refused("option [--json] needs a value; see --help", "one", "--json", "--data");
        String nowhere = folder.resolve("nowhere").toString();
        refused("option [--data]: no directory [" + nowhere + "]", "one", "--data", nowhere);
        refused(
                "option [--json]: cannot write file [" + nowhere
                        + "/out.json]; give a file name in a directory that exists",
                "one",
                "--json",
                nowhere + "/out.json");
    }

    @Test
    void onlyWhatDrawsTakesAPicture() {
        Path file = folder.resolve("out.png");
        assertEquals(
                Optional.of(file.toAbsolutePath()),
                BenchOptions.parse(List.of(new SearchBenchmark()), "search", "--picture", file.toString())
                        .picture());
        refused("benchmark [one] draws no picture; leave out [--picture]", "one", "--picture", file.toString());
    }

    private static void refused(String message, String... args) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> BenchOptions.parse(BENCHMARKS, args))
                        .getMessage());
    }

    @Test
    void figuresAreWrittenWithTheirEnvironment() throws IOException {
        Path file = folder.resolve("out.json");
        JsonMapper mapper = new JsonMapper();
        ObjectNode row = mapper.createObjectNode().put("name", "one").put("speed", 2.5);
        Bench.write(file, "one", Environment.now(), List.of(row));
        JsonNode json = mapper.readTree(Files.readString(file));
        assertEquals("one", json.path("name").asText());
        assertEquals(List.of(row), List.of(json.path("rows").get(0)));
        for (String fact : List.of("os", "cpu", "cores", "jdk", "elasticsearch", "lucene", "commit", "date")) {
            assertTrue(!json.path("environment").path(fact).asText().isBlank(), fact);
        }
    }

    @Test
    void theScriptsHelpListsEveryBenchmark(@TempDir Path scripts) throws Exception {
        List<String> listed = Scripts.run(scripts, "bench", "--help")
                .text()
                .lines()
                .filter(line -> line.matches("  [a-z]+ .*"))
                .map(line -> line.strip().split(" ", 2)[0])
                .toList();
        assertEquals(Bench.BENCHMARKS.stream().map(Benchmark::name).toList(), listed);
    }
}
