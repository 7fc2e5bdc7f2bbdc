package io.lookalike.image;

/** Pillow's resampling filters. When a picture shrinks, they are widened by the ratio, for antialiasing. */
public enum Resample {
    /** Triangle, one pixel to each side. */
    BILINEAR(1) {
        @Override
        double weight(double x) {
            return Math.max(0, 1 - Math.abs(x));
        }
    },
    /** Keys' cubic convolution (1981, equation 4) with a = -0.5, two pixels to each side. */
    BICUBIC(2) {
        @Override
        double weight(double x) {
            double d = Math.abs(x);
            if (d < 1) {
                return 1 + d * d * (1.5 * d - 2.5);
            }
            return d < 2 ? 2 + d * (d * (2.5 - 0.5 * d) - 4) : 0;
        }
    },
    /** Sinc windowed by a wider sinc, three pixels to each side. */
    LANCZOS(3) {
        @Override
        double weight(double x) {
            if (x == 0) {
                return 1;
            }
            // sin(3 a) = (3 - 4 sin² a) sin a: one sine instead of two, which took a tenth of a small picture's time
            double angle = x * Math.PI / 3;
            double sine = StrictMath.sin(angle);
            double squares = sine * sine;
            return x >= -3 && x < 3 ? squares * (3 - 4 * squares) / (3 * angle * angle) : 0;
        }
    };

    /** Support: the reach to each side, in pixels of the smaller picture. */
    final double support;

    Resample(double support) {
        this.support = support;
    }

    abstract double weight(double x);
}
