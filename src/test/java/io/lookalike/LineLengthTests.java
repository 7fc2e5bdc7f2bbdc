package io.lookalike;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Comments and strings too have at most 120 columns, which the formatter alone does not hold. */
class LineLengthTests {
    private static final int COLUMNS = 120;
    private static final String TEXT_BLOCK = "\"\"\"";

    @Test
    void noLineIsTooLong() throws IOException {
        List<String> tooLong = new ArrayList<>();
        int files = 0;
        for (String directory : new String[] {"src", "integTest"}) {
            try (Stream<Path> all = Files.walk(Path.of(directory))) {
                for (Path file : all.filter(f -> f.toString().endsWith(".java")).toList()) {
                    look(file, tooLong);
                    files++;
                }
            }
        }
        assertEquals("", String.join("\n", tooLong));
        assertTrue(files > 500, files + " files");
    }

    /** Text blocks are left as they are: a line there is one of what they hold. */
    private static void look(Path file, List<String> tooLong) throws IOException {
        boolean inBlock = false;
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            int quotes = line.split(TEXT_BLOCK, -1).length - 1;
            if (line.length() > COLUMNS && !inBlock && quotes == 0) {
                tooLong.add(file + ":" + (i + 1));
            }
            inBlock ^= quotes % 2 == 1;
        }
    }
}
