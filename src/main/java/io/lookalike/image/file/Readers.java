package io.lookalike.image.file;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.spi.ServiceRegistry;

/**
 * Opens the readers that decode pixels, chosen by class name and private to this package.
 *
 * <p>The runtime's readers are found in its registry, which is only read. The plugin's readers are created here and not
 * registered where others see them. A reader serves one picture and one thread; the providers are shared.
 */
final class Readers {

    private static final Map<String, ImageReaderSpi> RUNTIME = new HashMap<>();

    private Readers() {}

    /** Opens a reader of the runtime, {@code plugin} as in {@code png.PNG}. */
    static ImageReader ofRuntime(String plugin) throws IOException {
        return runtimeProvider(plugin).createReaderInstance();
    }

    /** Opens the JPEG reader, which uses the runtime's reader but accepts more unusual files. */
    static ImageReader ofJpeg() throws IOException {
        return Jpeg.PROVIDER.createReaderInstance();
    }

    /** Opens the TIFF reader. */
    static ImageReader ofTiff() throws IOException {
        return Tiff.PROVIDER.createReaderInstance();
    }

    /** Searches only once, because others may register readers during the search. */
    private static ImageReaderSpi runtimeProvider(String plugin) throws IOException {
        synchronized (RUNTIME) {
            ImageReaderSpi known = RUNTIME.get(plugin);
            if (known == null) {
                known = find("com.sun.imageio.plugins." + plugin + "ImageReaderSpi");
                RUNTIME.put(plugin, known);
            }
            return known;
        }
    }

    private static ImageReaderSpi find(String name) throws IOException {
        Iterator<ImageReaderSpi> all =
                IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, false);
        while (all.hasNext()) {
            ImageReaderSpi provider = all.next();
            if (provider.getClass().getName().equals(name)) {
                return provider;
            }
        }
        throw new IOException("the Java runtime has no [" + name + "]; run on one with the module [java.desktop]");
    }

    private static final class Tiff {

        static final TIFFImageReaderSpi PROVIDER = new TIFFImageReaderSpi();
    }

    private static final class Jpeg {

        static final JPEGImageReaderSpi PROVIDER = create();

        /** The provider finds the runtime's reader in the registry that it is registered with. */
        private static JPEGImageReaderSpi create() {
            ServiceRegistry registry =
                    new ServiceRegistry(List.<Class<?>>of(ImageReaderSpi.class).iterator());
            JPEGImageReaderSpi provider = new JPEGImageReaderSpi();
            try {
                registry.registerServiceProvider(runtimeProvider("jpeg.JPEG"), ImageReaderSpi.class);
            } catch (IOException e) {
                throw new IllegalStateException(e.getMessage(), e);
            }
            registry.registerServiceProvider(provider, ImageReaderSpi.class);
            return provider;
        }
    }
}
