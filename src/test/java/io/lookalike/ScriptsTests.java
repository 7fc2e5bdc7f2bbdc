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
        assertTrue(programs.containsAll(List.of("bench", "demo", "learn", "node", "test")), programs::toString);
        for (String program : programs) {
            for (String help : List.of("--help", "-h")) {
                Scripts.Ended ended = Scripts.run(folder, program, help);
                assertEquals(0, ended.code(), ended.text());
                assertTrue(ended.text().startsWith("usage: bin/" + program), ended.text());
            }
            Scripts.Ended ended = Scripts.run(folder, program, "--no-such-option");
            assertEquals(1, ended.code(), ended.text());
            assertTrue(
                    ended.text().startsWith(program + ": unknown option [--no-such-option]; ")
                            && ended.text().lines().count() == 1,
                    ended.text());
        }
    }

    @Test
    void learnTakesNoFileThatItCannotWrite() throws IOException, InterruptedException {
        Scripts.Ended ended = Scripts.run(folder, "learn", "--out", "no/such/folder/x");
        assertEquals(1, ended.code());
        assertEquals("learn: --out [no/such/folder/x] lies in no directory that exists; make it first\n", ended.text());
        assertEquals(
                "learn: --out needs a file; see --help\n",
                Scripts.run(folder, "learn", "--out").text());
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
        assertEquals("node: option [--data] lacks its value; see --help\n", ended.text());
    }
}
