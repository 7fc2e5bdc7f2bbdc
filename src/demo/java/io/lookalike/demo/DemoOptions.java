package io.lookalike.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The command line. Immutable.
 *
 * @param images folder of pictures, one folder a class; empty: pictures are drawn
 * @param model folder with a model.onnx; empty: the built-in model
 * @param port port of the node, 0 for any free one
 * @param once whether to stop the node at the end
 * @param json file for the figures
 */
record DemoOptions(Optional<Path> images, Optional<Path> model, int port, boolean once, Optional<Path> json) {
    private static final int DEFAULT_PORT = 9200;

    /**
     * Reads the command line.
     *
     * @throws UserError if an option is unknown, lacks its value, or names a missing file
     */
    static DemoOptions parse(String... args) {
        Optional<Path> images = Optional.empty();
        Optional<Path> model = Optional.empty();
        Optional<Path> json = Optional.empty();
        Optional<Integer> port = Optional.empty();
        boolean once = false;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--images" -> images = Optional.of(folder("--images", value(args, i++)));
                case "--model" -> model = Optional.of(modelFolder(value(args, i++)));
                case "--json" -> json = Optional.of(target(value(args, i++)));
                case "--port" -> port = Optional.of(port(value(args, i++)));
                case "--once" -> once = true;
                default -> throw new UserError("unknown option [" + args[i] + "]; see --help");
            }
        }
        return new DemoOptions(images, model, port.orElse(once ? 0 : DEFAULT_PORT), once, json);
    }

    private static String value(String[] args, int option) {
        if (option + 1 == args.length || args[option + 1].startsWith("--")) {
            throw new UserError("option [" + args[option] + "] needs a value; see --help");
        }
        return args[option + 1];
    }

    private static Path folder(String option, String value) {
        Path path = Path.of(value);
        if (!Files.isDirectory(path)) {
            throw new UserError("option [" + option + "]: no directory [" + value + "]");
        }
        return path;
    }

    private static Path modelFolder(String value) {
        Path folder = folder("--model", value);
        if (!Files.isRegularFile(folder.resolve("model.onnx"))) {
            throw new UserError("option [--model]: directory [" + value + "] holds no file [model.onnx]");
        }
        return folder;
    }

    private static Path target(String value) {
        Path file = Path.of(value).toAbsolutePath();
        if (Files.isDirectory(file) || !Files.isDirectory(file.getParent())) {
            throw new UserError(
                    "option [--json]: cannot write file [" + value + "]; give a file name in a directory that exists");
        }
        return file;
    }

    private static int port(String value) {
        try {
            int port = Integer.parseInt(value);
            if (port >= 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw badPort(value, e);
        }
        throw badPort(value, null);
    }

    private static UserError badPort(String value, Throwable cause) {
        return new UserError("option [--port] must be a number from [0] to [65535]; got [" + value + "]", cause);
    }
}
