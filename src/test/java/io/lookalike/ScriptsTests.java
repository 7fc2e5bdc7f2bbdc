package io.lookalike;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScriptsTests {
    @TempDir
    Path folder;

    @Test
    void everyProgramHelpsAndRefusesBeforeItBuildsAnything() throws IOException, InterruptedException {
        Set<String> programs;
        try (Stream<Path> files = Files.list(Path.of("bin"))) {
            programs = files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .collect(Collectors.toSet());
        }
        assertTrue(
                programs.containsAll(List.of("bench", "demo", "learn", "node", "test", "train")), programs::toString);
        for (String program : programs) {
            for (String help : List.of("--help", "-h")) {
                Scripts.Ended ended = Scripts.run(folder, program, help);
                assertEquals(0, ended.code(), ended.text());
                assertTrue(ended.text().startsWith("usage: bin/" + program), ended.text());
            }
            Scripts.Ended ended = Scripts.run(folder, program, "--no-such-option");
            assertEquals(2, ended.code(), ended.text());
            assertTrue(
                    ended.text().startsWith(program + ": unknown option [--no-such-option]; ")
                            && ended.text().lines().count() == 1,
                    ended.text());
        }
    }

    @Test
    void wrongValuesAreRefusedBeforeAnythingIsBuilt() throws IOException, InterruptedException {
        Path empty = Files.createDirectories(folder.resolve("empty"));
        Path file = Files.writeString(folder.resolve("file"), "text");
        for (String program : List.of("demo", "node")) {
            for (String port : List.of("abc", "", "-1", "65536", "9200x", "9,200", "123456")) {
                refused(
                        "option [--port] must be a number from [0] to [65535]; got [" + port + "]",
                        program,
                        "--port",
                        port);
            }
        }
        for (List<String> option : List.of(
                List.of("demo", "--images"),
                List.of("demo", "--model"),
                List.of("node", "--models"),
                List.of("node", "--java-home"),
                List.of("test", "--data"),
                List.of("train", "--images"),
                List.of("train", "--validation"),
                List.of("bench", "scan", "--data"))) {
            String name = "option [" + option.getLast() + "]";
            refused(name + ": no directory [" + file + "]", with(option, file));
            refused(name + ": no directory [nowhere]", with(option, Path.of("nowhere")));
            refused(name + ": directory [" + empty + "] is empty", with(option, empty));
            refused(name + " needs a value", option.toArray(new String[0]));
        }
        for (List<String> option : List.of(
                List.of("demo", "--json"),
                List.of("node", "--log"),
                List.of("learn", "--out"),
                List.of("bench", "scan", "--json"),
                List.of("bench", "--picture"))) {
            for (Path wrong : List.of(empty, folder.resolve("no/such/x"), file.resolve("x"))) {
                refused(
                        "option [" + option.getLast() + "]: cannot write file [" + wrong
                                + "]; give a file name in a directory that exists",
                        with(option, wrong));
            }
        }
        refused("option [--data]: cannot write to [" + file + "]; give a directory", "node", "--data", file.toString());
        refused("option [--out]: cannot write to [" + file + "]; give a directory", "train", "--out", file.toString());
        for (String number : List.of("abc", "-1", "1.5", "")) {
            refused("option [--epochs] must be a whole number; got [" + number + "]", "train", "--epochs", number);
        }
        refused("option [--network] must be one of [resnet18, small, mlp]; got [vgg]", "train", "--network", "vgg");
        refused(
                "option [--images] is missing",
                "train",
                "--out",
                folder.resolve("new").toString());
        refused("option [--out] is missing", "train", "--images", folder.toString());
        refused("option [--plugin]: no file [" + empty + "] that can be read", "node", "--plugin", empty.toString());
        refused("setting [a] must be [key=value]", "node", "-E", "a");
        refused("setting [a] must be [key=value]", "node", "-Ea");
        for (String program : List.of("demo", "learn", "node", "test", "train")) {
            refused("unknown option [more]", program, "more");
        }
        String names =
                "scan, search, concurrent, scale, filter, builtin, ingest, learn, heads, train, tradeoff, defaults";
        refused("give the name of a benchmark, one of [" + names + "]", "bench");
        refused("give the name of a benchmark, one of [" + names + "]", "bench", "scam");
        refused("unknown option [more]", "bench", "scan", "more");
    }

    private static String[] with(List<String> command, Path value) {
        return Stream.concat(command.stream(), Stream.of(value.toString())).toArray(String[]::new);
    }

    private void refused(String message, String... command) throws IOException, InterruptedException {
        assertEquals(
                new Scripts.Ended(2, command[0] + ": " + message + "; see --help\n"), Scripts.run(folder, command));
    }

    @Test
    void aTakenPortIsRefusedBeforeAnythingIsBuilt() throws IOException, InterruptedException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            for (List<String> command : List.of(
                    List.of("demo", "--port", port),
                    List.of("demo", "--once", "--port", port),
                    List.of("node", "--port", port))) {
                Scripts.Ended ended = Scripts.run(folder, command.toArray(new String[0]));
                assertEquals(
                        new Scripts.Ended(
                                1, command.get(0) + ": port [" + port + "] is taken; choose another with --port\n"),
                        ended);
            }
        }
    }

    @Test
    void aPortIsTakenByWhatStillBuilds() throws IOException, InterruptedException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        String port = Integer.toString(free);
        Path path = Files.createDirectories(folder.resolve("path"));
        Path second = Files.writeString(
                path.resolve("mvn-runs"),
                "#!/bin/sh\nexec '" + folder.resolve("project/bin/demo") + "' --once --port " + port + "\n");
        assertTrue(second.toFile().setExecutable(true));
        String text = Scripts.runAndBuild(folder, "demo", "--port", port).text();
        assertTrue(text.contains("demo: port [" + port + "] is taken; choose another with --port\n"), text);
    }

    @Test
    void theDemoSaysAtOnceThatItsNodeStays() throws IOException, InterruptedException {
        String stays = "the node will stay until Ctrl-C, to be searched on ";
        String text = Scripts.runAndBuild(folder, "demo", "--port", "0").text();
        assertTrue(text.startsWith(stays + "a free port; --once stops it after the table\nbuilding "), text);
        text = Scripts.runAndBuild(folder, "demo", "--once").text();
        assertTrue(text.startsWith("building "), text);
        assertTrue(text.contains("MAVEN WAS CALLED"), text);
    }

    @Test
    void valuesAreNoOptions() throws IOException, InterruptedException {
        Scripts.Ended ended = Scripts.run(folder, "node", "--port", "1", "-Ea=b", "-E", "-c=d", "--data");
        assertEquals("node: option [--data] needs a value; see --help\n", ended.text());
    }
}
