package io.lookalike.task;

import io.lookalike.GoldenStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskId;
import org.elasticsearch.test.ESTestCase;

public class LongTaskTests extends ESTestCase {
    private static LongTask task() {
        return new LongTask(1, "transport", "action", "what", TaskId.EMPTY_TASK_ID, Map.of());
    }

    public void testStatusSaysWhatIsWorkedOn() throws Exception {
        LongTask task = task();
        assertEquals("{\"phase\":\"start\",\"done\":0}", Strings.toString(task.getStatus()));
        task.at("itq", 3, 50);
        task.figure(LongTask.STEP, "rotation");
        task.figure("documents", 7L);
        assertEquals(
                "{\"phase\":\"itq\",\"done\":3,\"of\":50,\"documents\":7,\"step\":\"rotation\"}",
                Strings.toString(task.getStatus()));
        task.at("itq", 4, 50);
        Task.Status status = task.getStatus();
        assertEquals(
                status,
                copyNamedWriteable(
                        status,
                        new NamedWriteableRegistry(List.of(new NamedWriteableRegistry.Entry(
                                Task.Status.class, LongTaskStatus.NAME, LongTaskStatus::readFrom))),
                        Task.Status.class));
        // a new phase has no step yet
        task.at("put", 0, 0);
        assertEquals("{\"phase\":\"put\",\"done\":0,\"documents\":7}", Strings.toString(task.getStatus()));
    }

    public void testStatusIsReadAsAnyReleaseWroteIt() throws Exception {
        Map<String, Object> figures = new TreeMap<>(Map.of("documents", 7L, LongTask.STEP, "rotation"));
        LongTaskStatus status = new LongTaskStatus("itq", 3, 50, figures);
        assertEquals(
                status,
                GoldenStream.current(LongTaskTests.class, "long-task-status-1.stream", status)
                        .read(new NamedWriteableRegistry(List.of()), LongTaskStatus::readFrom));
    }

    public void testFailureOfATaskThatWasNotCancelledIsItsOwn() {
        Exception e = new IllegalArgumentException("it");
        assertSame(e, task().failure(e));
    }
}
