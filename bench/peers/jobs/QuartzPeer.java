// QuartzPeer SETTINGS: Quartz with its store in memory, as README.md says.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;
import org.quartz.Scheduler;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;

public final class QuartzPeer {
  private static volatile CountDownLatch left;

  /** The callable. */
  public static final class NoOp implements Job {
    @Override
    public void execute(JobExecutionContext context) {}
  }

  private static final class Finished extends org.quartz.listeners.JobListenerSupport {
    @Override
    public String getName() {
      return "finished";
    }

    @Override
    public void jobWasExecuted(JobExecutionContext context, JobExecutionException fault) {
      left.countDown();
    }
  }

  private static long number(String json, String name) {
    Matcher found = Pattern.compile("\"" + name + "\": *(\\d+)").matcher(json);
    if (!found.find()) throw new IllegalArgumentException(name + " is missing in " + json);
    return Long.parseLong(found.group(1));
  }

  private static double run(Scheduler scheduler, long first, int jobs) throws Exception {
    left = new CountDownLatch(jobs);
    long begin = System.nanoTime();
    for (long i = first; i < first + jobs; ++i) {
      String id = Long.toString(i); // without a name Quartz would make a UUID
      JobDetail job = JobBuilder.newJob(NoOp.class).withIdentity(id).build();
      Trigger trigger = TriggerBuilder.newTrigger().withIdentity(id).startNow().build();
      scheduler.scheduleJob(job, trigger);
    }
    left.await();
    while (!scheduler.getTriggerKeys(org.quartz.impl.matchers.GroupMatcher.anyGroup()).isEmpty()) Thread.sleep(1);
    return (System.nanoTime() - begin) / 1e9;
  }

  public static void main(String[] arguments) throws Exception {
    Properties settings = new Properties();
    settings.setProperty("org.quartz.scheduler.instanceName", "peer");
    settings.setProperty("org.quartz.scheduler.skipUpdateCheck", "true");
    settings.setProperty("org.quartz.scheduler.batchTriggerAcquisitionMaxCount", "" + number(arguments[0], "batch"));
    settings.setProperty("org.quartz.threadPool.class", "org.quartz.simpl.SimpleThreadPool");
    settings.setProperty("org.quartz.threadPool.threadCount", "" + number(arguments[0], "threads"));
    settings.setProperty("org.quartz.jobStore.class", "org.quartz.simpl.RAMJobStore");
    settings.setProperty("org.quartz.jobStore.misfireThreshold", "86400000");
    StdSchedulerFactory factory = new StdSchedulerFactory(settings);
    Scheduler scheduler = factory.getScheduler();
    scheduler.getListenerManager().addJobListener(new Finished());
    scheduler.start();
    long first = 0;
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.contains("\"version\"")) {
        System.out.println("{\"version\": \"" + scheduler.getMetaData().getVersion() + "\"}");
        continue;
      }
      int jobs = (int) number(line, "jobs");
      System.out.println("{\"seconds\": " + run(scheduler, first, jobs) + "}");
      first += jobs;
    }
    scheduler.shutdown();
  }
}
