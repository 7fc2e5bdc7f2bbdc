package io.lookalike.image.file;

import io.lookalike.image.bytes.Bytes;
import io.lookalike.image.bytes.Unreadable;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tags of the first directory of a TIFF or BigTIFF. Every position, count and size is checked against the file. For
 * one thread.
 */
final class TiffDirectory {

    private static final int MAX_ENTRIES = 4096;

    /** Bytes of a value by its type. */
    static final int[] TYPE_BYTES = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};

    /** The position of the values of a tag. */
    record Entry(int type, long count, long at) {
        long bytes() {
            return count * TYPE_BYTES[type];
        }
    }

    private final Bytes in;
    private final boolean little;
    private final boolean big;
    private final Map<Integer, Entry> entries = new TreeMap<>();

    TiffDirectory(Bytes in) throws Unreadable {
        this.in = in;
        this.little = in.has(0, "II");
        this.big = u16(2) == 43;
        read();
    }

    /** Whether numbers have their lowest byte first. */
    boolean little() {
        return little;
    }

    boolean has(int tag) {
        return entries.containsKey(tag);
    }

    boolean has(int tag, int type, long count) {
        Entry entry = entries.get(tag);
        return entry != null && entry.type() == type && entry.count() == count;
    }

    /** Null if the tag is absent. */
    Entry entry(int tag) {
        return entries.get(tag);
    }

    /** The values of a tag that is present, as bytes of the file. */
    byte[] bytes(int tag, long most) throws Unreadable {
        Entry entry = entries.get(tag);
        if (entry.bytes() > most) {
            throw Unreadable.damaged("TIFF", "[" + entry.bytes() + "] bytes of tag [" + tag + "]");
        }
        int from = at(entry.at(), entry.bytes());
        return Arrays.copyOfRange(in.array(), from, from + (int) entry.bytes());
    }

    private void read() throws Unreadable {
        if (u16(2) != 42 && !(big && u16(4) == 8 && u16(6) == 0)) {
            throw Unreadable.damaged("TIFF", "it is of version [" + u16(2) + "]");
        }
        long at = big ? u64(8) : u32(4);
        int start = at(at, big ? 8 : 2);
        long count = big ? u64(start) : u16(start);
        if (count < 1 || count > MAX_ENTRIES) {
            throw Unreadable.damaged("TIFF", "a directory of [" + count + "] entries");
        }
        int first = start + (big ? 8 : 2);
        int entryBytes = big ? 20 : 12;
        in.require(first, count * entryBytes);
        for (int i = 0; i < count; i++) {
            int entry = first + i * entryBytes;
            int type = u16(entry + 2);
            if (type >= TYPE_BYTES.length || TYPE_BYTES[type] == 0) {
                continue;
            }
            long values = big ? u64(entry + 4) : u32(entry + 4);
            int inside = big ? 8 : 4;
            int valueAt = entry + (big ? 12 : 8);
            if (values < 0 || values > in.length()) {
                continue;
            }
            boolean fits = values * TYPE_BYTES[type] <= inside;
            long position = fits ? valueAt : big ? u64(valueAt) : u32(valueAt);
            entries.putIfAbsent(u16(entry), new Entry(type, values, position));
        }
    }

    /** The first number of a tag. */
    long number(int tag, long absent) throws Unreadable {
        Entry entry = entries.get(tag);
        return entry == null || entry.count() < 1 ? absent : value(tag, entry, 0);
    }

    /** The numbers of a tag that is present. */
    long[] numbers(int tag, int most) throws Unreadable {
        Entry entry = entries.get(tag);
        if (entry.count() > most) {
            throw Unreadable.damaged("TIFF", "[" + entry.count() + "] values of tag [" + tag + "]");
        }
        at(entry.at(), entry.bytes());
        long[] values = new long[(int) entry.count()];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(tag, entry, i);
        }
        return values;
    }

    private long value(int tag, Entry entry, int index) throws Unreadable {
        int bytes = TYPE_BYTES[entry.type()];
        int at = at(entry.at() + (long) index * bytes, bytes);
        long value = switch (entry.type()) {
            case 1 -> in.u8(at);
            case 3 -> u16(at);
            case 4, 13 -> u32(at);
            case 16, 18 -> u64(at);
            default -> -1;
        };
        if (value < 0) {
            throw Unreadable.damaged("TIFF", "no number at tag [" + tag + "]");
        }
        return value;
    }

    private int at(long position, long bytes) throws Unreadable {
        if (position < 0 || position > in.length()) {
            throw Unreadable.truncated("TIFF");
        }
        in.require((int) position, bytes);
        return (int) position;
    }

    private int u16(int at) throws Unreadable {
        return little ? in.u16le(at) : in.u16(at);
    }

    private long u32(int at) throws Unreadable {
        return little ? in.i32le(at) & 0xffffffffL : in.u32(at);
    }

    private long u64(int at) throws Unreadable {
        long first = u32(at);
        long second = u32(at + 4);
        return little ? second << 32 | first : first << 32 | second;
    }
}
