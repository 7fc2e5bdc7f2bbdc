package io.lookalike.trainer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Lists pictures in a folder a class. Stateless. */
final class ClassFolders {
    private ClassFolders() {}

    /** Files below the folder, hidden ones left out, links to folders not followed, in the order of their names. */
    static List<Path> files(Path folder) {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new UserError("cannot read directory [" + folder + "]: " + e.getMessage());
        }
    }

    /** The class of a file: the path of its folder below the folder of all classes; empty if it lies directly there. */
    static String classOf(Path folder, Path file) {
        return folder.relativize(file.getParent()).toString();
    }

    /** The classes of the files, in the order of their names. */
    static List<String> classes(Path folder, List<Path> files) {
        TreeSet<String> names = new TreeSet<>();
        files.forEach(file -> names.add(classOf(folder, file)));
        names.remove("");
        return List.copyOf(names);
    }

    /** The samples of these classes; a file of another class is none. */
    static List<Sample> samples(Path folder, List<Path> files, List<String> classes) {
        List<Sample> samples = new ArrayList<>();
        for (Path file : files) {
            int label = classes.indexOf(classOf(folder, file));
            if (label >= 0) {
                samples.add(new Sample(file, folder.relativize(file).toString(), label));
            }
        }
        return samples;
    }
}
