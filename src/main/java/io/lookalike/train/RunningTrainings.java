package io.lookalike.train;

import io.lookalike.task.AsyncSteps;
import io.lookalike.task.LongTask;
import io.lookalike.task.LongTaskStatus;
import java.util.Comparator;
import java.util.List;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.admin.cluster.node.tasks.get.TransportGetTaskAction;
import org.elasticsearch.action.admin.cluster.node.tasks.list.ListTasksRequest;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.client.internal.OriginSettingClient;
import org.elasticsearch.tasks.TaskInfo;

/** Lists running trainings of all nodes. Stateless. */
final class RunningTrainings {
    /** The figure of a training's status that names its encoder. */
    static final String ENCODER = "encoder";

    /** An order that is the same on all nodes. */
    static final Comparator<TaskInfo> BY_START = Comparator.comparingLong(TaskInfo::startTime)
            .thenComparing(info -> info.taskId().toString());

    private RunningTrainings() {}

    /** Whether a training was found to be the first one of its encoder. */
    static boolean isAccepted(TaskInfo training) {
        return training.status() instanceof LongTaskStatus status && !LongTask.START.equals(status.phase());
    }

    /**
     * Lists the trainings of an encoder, with the rights of Elasticsearch itself, because a user who may train need not
     * have the right to list tasks.
     */
    static void list(Client client, String encoder, ActionListener<List<TaskInfo>> listener) {
        ListTasksRequest request =
                new ListTasksRequest().setActions(TrainAction.NAME).setDetailed(true);
        new OriginSettingClient(client, TransportGetTaskAction.TASKS_ORIGIN)
                .admin()
                .cluster()
                .listTasks(
                        request,
                        AsyncSteps.map(
                                listener,
                                found -> found.getTasks().stream()
                                        .filter(info -> info.status() instanceof LongTaskStatus status
                                                && encoder.equals(
                                                        status.figures().get(ENCODER)))
                                        .toList()));
    }
}
