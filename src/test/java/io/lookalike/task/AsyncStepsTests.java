package io.lookalike.task;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.lookalike.duplicates.DuplicatesAction;
import io.lookalike.evaluate.EvaluateAction;
import io.lookalike.reencode.ReencodeAction;
import io.lookalike.train.TrainAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.core.CheckedConsumer;
import org.elasticsearch.test.ESTestCase;

public class AsyncStepsTests extends ESTestCase {
    private final List<Object> told = new ArrayList<>();
    private final List<Runnable> later = new ArrayList<>();

    private <T> ActionListener<T> listener() {
        return ActionListener.wrap(told::add, told::add);
    }

    private void requireTold(String message) {
        assertEquals(told.toString(), 1, told.size());
        Exception failure = (Exception) told.getFirst();
        assertTrue(failure.toString(), failure.getMessage().contains(message));
        assertTrue(ExceptionsHelper.maybeError(failure).isEmpty());
        told.clear();
    }

    private static final CheckedConsumer<ActionListener<Integer>, Exception> ERROR = next -> {
        throw new StackOverflowError("planted");
    };

    public void testStepsFollowEachOther() {
        AsyncSteps.<Integer>first(next -> next.onResponse(1))
                .<String>then((next, one) -> next.onResponse("got " + one))
                .to(listener());
        assertEquals(List.of("got 1"), told);
    }

    public void testAnErrorOfAnyStepIsTold() {
        AsyncSteps.first(ERROR)
                .<Integer>then((next, one) -> next.onResponse(one))
                .to(listener());
        requireTold("planted");
        AsyncSteps.<Integer>first(next -> next.onResponse(1))
                .<Integer>then((next, one) -> ERROR.accept(next))
                .to(listener());
        requireTold("planted");
        AsyncSteps.<Integer, Integer>after(listener(), (next, one) -> ERROR.accept(next))
                .onResponse(1);
        requireTold("planted");
        AsyncSteps.<Integer, Integer>after(listener(), ActionListener::onResponse, (next, e) -> ERROR.accept(next))
                .onFailure(new IllegalStateException("before"));
        requireTold("planted");
        AsyncSteps.<Integer, Integer>map(this.<Integer>listener(), one -> {
                    throw new LinkageError("planted");
                })
                .onResponse(1);
        requireTold("planted");
    }

    public void testAFailureThatHoldsAnErrorIsTamed() {
        AsyncSteps.<Integer, Integer>map(this.<Integer>listener(), one -> one)
                .onFailure(new IllegalStateException("outer", new StackOverflowError("planted")));
        requireTold("planted");
    }

    public void testOnAThreadOfAnExecutor() {
        AsyncSteps.run(later::add, this.<Integer>listener(), next -> next.onResponse(7));
        assertEquals(List.of(), told);
        later.removeFirst().run();
        assertEquals(List.of(7), told);
        told.clear();
        AsyncSteps.run(later::add, listener(), ERROR);
        later.removeFirst().run();
        requireTold("planted");
        Executor full = runnable -> {
            throw new RejectedExecutionException("full");
        };
        AsyncSteps.run(full, this.<Integer>listener(), next -> next.onResponse(7));
        requireTold("full");
        // as the thread pools of Elasticsearch reject
        AsyncSteps.runnable(this.<Integer>listener(), next -> next.onResponse(7))
                .onRejection(new RejectedExecutionException("closed"));
        requireTold("closed");
    }

    public void testWhoIsToldIsToldOnce() {
        AsyncSteps.run(Runnable::run, this.<Integer>listener(), next -> {
            next.onResponse(1);
            throw new StackOverflowError("too late");
        });
        assertEquals(List.of(1), told);
    }

    public void testWhatIsHeldIsGivenBackOnceBeforeAnyoneIsTold() {
        AsyncSteps.holding(() -> told.add("given back"), this.<Integer>listener(), next -> {
            next.onResponse(1);
            next.onResponse(2);
            throw new IllegalStateException("too late");
        });
        assertEquals(List.of("given back", 1), told);
        told.clear();
        AsyncSteps.holding(() -> told.add("given back"), listener(), ERROR);
        assertEquals("given back", told.removeFirst());
        requireTold("planted");
    }

    private static final Set<String> PASSING_ERRORS = Set.of(
            "wrap",
            "run",
            "map",
            "safeMap",
            "completeWith",
            "delegateFailure",
            "delegateFailureAndWrap",
            "delegateFailureIgnoreResponseAndWrap",
            "runWithResource");

    private static final DescribedPredicate<JavaMethodCall> GOES_ON_UNGUARDED =
            DescribedPredicate.describe("go on elsewhere or later without AsyncSteps", call -> {
                String name = call.getTarget().getName();
                var owner = call.getTargetOwner();
                return (owner.isAssignableTo(ActionListener.class) && PASSING_ERRORS.contains(name))
                        || (owner.isAssignableTo(SubscribableListener.class) && name.startsWith("andThen"))
                        || (owner.isAssignableTo(Executor.class)
                                && Set.of("execute", "submit").contains(name));
            });

    /** Classes of long tasks may continue elsewhere only by AsyncSteps, which loses no errors and no rejections. */
    public void testNothingGoesOnInAnotherWay() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackagesOf(
                        AsyncSteps.class,
                        TrainAction.class,
                        ReencodeAction.class,
                        EvaluateAction.class,
                        DuplicatesAction.class);
        ArchRule rule = ArchRuleDefinition.noClasses()
                .that()
                .doNotHaveFullyQualifiedName(AsyncSteps.class.getName())
                // it completes a future, by two calls that do not throw
                .and()
                .doNotHaveFullyQualifiedName("io.lookalike.evaluate.Searches")
                .should()
                .callMethodWhere(GOES_ON_UNGUARDED);
        rule.check(classes);
        ArchRule other = ArchRuleDefinition.noClasses()
                .that()
                .haveFullyQualifiedName(AsyncSteps.class.getName())
                .should()
                .callMethodWhere(GOES_ON_UNGUARDED);
        assertTrue("it finds calls", other.evaluate(classes).hasViolation());
    }
}
