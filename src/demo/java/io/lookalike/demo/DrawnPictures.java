package io.lookalike.demo;

import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * The demo's own drawings: sixteen classes of scenes, things and patterns.
 *
 * <p>The class decides what a picture shows. Positions, numbers, sizes, distance and light are random. All classes
 * share one pool of colours, so a colour histogram does not tell them apart. The same class, index and seed give the
 * same pixels. About 5 ms a picture; thread-safe.
 */
public final class DrawnPictures {
    private static final Map<String, Consumer<Canvas>> PAINTERS = new LinkedHashMap<>();

    static {
        PAINTERS.put("mountains", Landscapes::mountains);
        PAINTERS.put("skyline", Landscapes::skyline);
        PAINTERS.put("sailboats", Landscapes::sailboats);
        PAINTERS.put("forest", Landscapes::forest);
        PAINTERS.put("houses", Landscapes::houses);
        PAINTERS.put("flowers", Things::flowers);
        PAINTERS.put("fish", Things::fish);
        PAINTERS.put("butterflies", Things::butterflies);
        PAINTERS.put("faces", Things::faces);
        PAINTERS.put("clocks", Things::clocks);
        PAINTERS.put("bricks", Patterns::bricks);
        PAINTERS.put("checkers", Patterns::checkers);
        PAINTERS.put("stripes", Patterns::stripes);
        PAINTERS.put("dots", Patterns::dots);
        PAINTERS.put("honeycomb", Patterns::honeycomb);
        PAINTERS.put("spirals", Patterns::spirals);
    }

    private DrawnPictures() {}

    /** The names of the classes, always in the same order. */
    public static List<String> classes() {
        return List.copyOf(PAINTERS.keySet());
    }

    /**
     * Draws one picture.
     *
     * @param clazz one of {@link #classes()}
     * @param index which picture of the class, any number
     * @param seed another seed draws another set of pictures
     * @return an opaque RGB picture, 224 to 288 pixels wide and 168 to 216 high
     */
    public static BufferedImage draw(String clazz, int index, long seed) {
        Consumer<Canvas> painter = PAINTERS.get(clazz);
        if (painter == null) {
            throw new IllegalArgumentException("unknown class [" + clazz + "]; classes are " + classes());
        }
        SplittableRandom random =
                new SplittableRandom(31 * (31 * (seed ^ 0x5DEECE66DL) + clazz.hashCode()) + index).split();
        int width = random.nextInt(224, 289);
        Canvas canvas = new Canvas(width, (int) Math.round(width * random.nextDouble(0.72, 0.78)), random);
        painter.accept(canvas);
        canvas.grain(random.nextInt(2, 6));
        canvas.graphics.dispose();
        return canvas.image;
    }
}
