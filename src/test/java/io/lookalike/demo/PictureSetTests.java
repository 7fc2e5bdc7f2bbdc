package io.lookalike.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureSetTests {
    @TempDir
    Path folder;

    @Test
    void takesTheFolderAsTheClassAndSkipsWhatIsNoPicture() throws IOException {
        byte[] jpeg = Pixels.jpeg(DrawnPictures.draw("dots", 0, 1), 0.9f);
        Path cats = Files.createDirectories(folder.resolve("animals/cats"));
        Path cars = Files.createDirectories(folder.resolve("cars"));
        Files.write(cats.resolve("1.jpg"), jpeg);
        Files.write(cats.resolve("2.jpg"), jpeg);
        Files.write(cars.resolve("<3>.jpg"), jpeg);
        Files.writeString(cars.resolve("notes.txt"), "no picture");
        Files.write(cars.resolve(".hidden.jpg"), jpeg);
        PictureSet set = PictureSet.read(folder);
        assertEquals(Map.of("animals/cats", 2L, "cars", 1L), set.classes());
        assertEquals(
                List.of("animals/cats/1.jpg", "animals/cats/2.jpg", "cars/<3>.jpg"),
                set.originals().stream().map(Picture::name).toList());
        assertEquals(Map.of("cars/notes.txt", "no reader for this format"), set.skipped());
        assertEquals(3, set.histograms().size());
        Picture copy = set.originals().get(2).altered(Alteration.MIRRORED);
        assertEquals(set.originals().get(2).id(), copy.copyOf());
        assertEquals("mirrored", copy.kind());
    }

    @Test
    void refusesAFolderWithoutPictures() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "no picture");
        UserError e = assertThrows(UserError.class, () -> PictureSet.read(folder));
        assertTrue(
                e.getMessage().startsWith("no picture that can be read among the [1] files under [" + folder + "]"),
                e.getMessage());
    }
}
