package io.lookalike.image.file;

import java.util.Arrays;

/**
 * One colour component of a JPEG: its blocks of coefficients, in rows of {@code across} blocks of which {@code wide}
 * hold pixels. For one thread.
 */
final class JpegComponent {
    static final int BLOCK = 64;

    /** How many of the first coefficients are smoothed. */
    static final int SMOOTHED = 6;

    final int id;
    final int horizontal;
    final int vertical;
    final int quantization;
    int across;
    int down;
    int wide;
    int high;
    /** 64 for each block. */
    short[] coefficients;

    /** Quantization factors, in the order of the file. */
    int[] factors;
    /** For each of the first coefficients the lowest bit that is known, -1 for none. */
    final int[] known = new int[SMOOTHED];

    /** The first coefficient of the last block, which the next one differs from. */
    int predicted;

    JpegComponent(int id, int factors, int quantization) {
        this.id = id;
        this.horizontal = factors >> 4;
        this.vertical = factors & 15;
        this.quantization = quantization;
        Arrays.fill(known, -1);
    }

    /** Blocks in an MCU, the smallest unit of a scan of several components. */
    int blocks() {
        return horizontal * vertical;
    }

    /** Where in the coefficients a block of an MCU begins. */
    int place(int x, int y, int block) {
        int row = y * vertical + block / horizontal;
        int column = x * horizontal + block % horizontal;
        return BLOCK * (row * across + column);
    }
}
