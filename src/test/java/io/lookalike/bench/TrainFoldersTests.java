package io.lookalike.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainFoldersTests {
    @TempDir
    Path folder;

    @Test
    void theLastClassesAndEveryFifthPictureAreHeldOut() throws IOException {
        Path all = folder.resolve("all");
        for (String clazz : List.of("a", "b", "c", "d", "e", "f", "g")) {
            for (int i = 0; i < 6; i++) {
                Files.writeString(Files.createDirectories(all.resolve(clazz)).resolve(i + ".png"), clazz + i);
            }
        }
        TrainFolders folders = TrainFolders.split(all, folder.resolve("split"));
        assertEquals(Set.of("a1", "a2", "a3", "a4", "b1", "b2", "b3", "b4"), texts(folders.train()));
        assertEquals(Set.of("a0", "a5", "b0", "b5"), texts(folders.seen()));
        assertEquals(30, texts(folders.unseen()).size());
        assertEquals(
                Set.of("c", "d", "e", "f", "g"),
                texts(folders.unseen()).stream()
                        .map(text -> text.substring(0, 1))
                        .collect(Collectors.toSet()));
    }

    private static Set<String> texts(Path in) throws IOException {
        Set<String> texts = new TreeSet<>();
        try (Stream<Path> files = Files.walk(in)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                texts.add(Files.readString(file));
            }
        }
        return texts;
    }
}
