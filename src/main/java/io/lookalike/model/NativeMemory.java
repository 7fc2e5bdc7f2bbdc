package io.lookalike.model;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * Gives all sessions of the process one allocator with a limit. A run that needs more memory fails, whatever sizes of
 * tensors its graph computes.
 *
 * <p>ONNX Runtime has such an allocator, but not in its Java API, so this calls C functions. They are in a table whose
 * order never changes. Weights count, but are not refused. The little memory that kernels allocate by themselves does
 * not count. Stateless.
 *
 * @see <a href="https://onnxruntime.ai/docs/api/c/struct_ort_api.html">CreateAndRegisterAllocator and its kin</a>
 */
@SuppressWarnings("restricted") // Elasticsearch allows native access to plugins that may load libraries
final class NativeMemory {
    /** The version of the table; later libraries still provide it. */
    private static final int VERSION = 21;

    private static final int GET_ERROR_MESSAGE = 2;
    private static final int CREATE_ENV = 3;
    private static final int CREATE_CPU_MEMORY_INFO = 69;
    private static final int RELEASE_ENV = 92;
    private static final int RELEASE_STATUS = 93;
    private static final int RELEASE_MEMORY_INFO = 94;
    private static final int CREATE_AND_REGISTER_ALLOCATOR = 144;
    private static final int CREATE_ARENA_CONFIG = 156;
    private static final int RELEASE_ARENA_CONFIG = 157;
    private static final int TABLE_LENGTH = 158;

    private static final int LOG_FATAL = 4;
    private static final int ARENA_ALLOCATOR = 1;
    private static final int DEFAULT_MEMORY = 0;
    /**
     * Grows by powers of two. Growing by the requested size took half as much memory again with batches of different
     * sizes, because a freed piece never fits a later, larger batch.
     */
    private static final int GROW_BY_DOUBLING = 0;

    private static final int DEFAULT = -1;
    private static final int MAX_MESSAGE = 4096;

    private static final FunctionDescriptor RELEASE = FunctionDescriptor.ofVoid(ADDRESS);

    private final Linker linker = Linker.nativeLinker();
    private final MemorySegment table;

    private NativeMemory() throws Throwable {
        MemorySegment base = (MemorySegment) linker.downcallHandle(
                        SymbolLookup.loaderLookup().findOrThrow("OrtGetApiBase"), FunctionDescriptor.of(ADDRESS))
                .invokeExact();
        MemorySegment getApi = base.reinterpret(ADDRESS.byteSize()).get(ADDRESS, 0);
        MemorySegment found = (MemorySegment) linker.downcallHandle(getApi, FunctionDescriptor.of(ADDRESS, JAVA_INT))
                .invokeExact(VERSION);
        if (found.equals(MemorySegment.NULL)) {
            throw new ModelException("its version has no functions of version [" + VERSION + "]");
        }
        table = found.reinterpret(TABLE_LENGTH * ADDRESS.byteSize());
    }

    /**
     * Sets the limit, once in a process, after ONNX Runtime is loaded and before the first session.
     *
     * @throws ModelException if ONNX Runtime refuses
     */
    static void limit(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            new NativeMemory().register(arena, bytes);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new ModelException("native memory cannot be limited: " + e, e);
        }
    }

    private void register(Arena arena, long bytes) throws Throwable {
        MemorySegment out = arena.allocate(ADDRESS);
        // a process has one environment: this is another reference to that of the Java API
        check((MemorySegment) function(CREATE_ENV, JAVA_INT, ADDRESS, ADDRESS)
                .invokeExact(LOG_FATAL, arena.allocateFrom("lookalike"), out));
        MemorySegment environment = out.get(ADDRESS, 0);
        check((MemorySegment) function(CREATE_CPU_MEMORY_INFO, JAVA_INT, JAVA_INT, ADDRESS)
                .invokeExact(ARENA_ALLOCATOR, DEFAULT_MEMORY, out));
        MemorySegment kind = out.get(ADDRESS, 0);
        check((MemorySegment) function(CREATE_ARENA_CONFIG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS)
                .invokeExact(bytes, GROW_BY_DOUBLING, DEFAULT, DEFAULT, out));
        MemorySegment config = out.get(ADDRESS, 0);
        check((MemorySegment) function(CREATE_AND_REGISTER_ALLOCATOR, ADDRESS, ADDRESS, ADDRESS)
                .invokeExact(environment, kind, config));
        release(RELEASE_ARENA_CONFIG, config);
        release(RELEASE_MEMORY_INFO, kind);
        release(RELEASE_ENV, environment);
    }

    private MethodHandle function(int index, MemoryLayout... arguments) {
        return linker.downcallHandle(table.getAtIndex(ADDRESS, index), FunctionDescriptor.of(ADDRESS, arguments));
    }

    private void release(int index, MemorySegment released) throws Throwable {
        linker.downcallHandle(table.getAtIndex(ADDRESS, index), RELEASE).invokeExact(released);
    }

    private void check(MemorySegment status) throws Throwable {
        if (status.equals(MemorySegment.NULL)) {
            return;
        }
        MemorySegment text =
                (MemorySegment) function(GET_ERROR_MESSAGE, ADDRESS).invokeExact(status);
        String message = text.reinterpret(MAX_MESSAGE).getString(0);
        release(RELEASE_STATUS, status);
        throw new ModelException("native memory cannot be limited: " + message);
    }
}
