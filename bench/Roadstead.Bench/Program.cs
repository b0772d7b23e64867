using System.Runtime.InteropServices;
using Roadstead.Bench;

var (options, fault) = BenchOptions.Parse(args);
if (options is null)
{
    Console.Error.WriteLine($"{fault}\n{BenchOptions.Usage}");
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    return await BenchRun.Of(options, stop.Token);
}
catch (Exception) when (stop.IsCancellationRequested)
{
    // Whatever was under way broke because it was stopped.
    Console.Error.WriteLine("Stopped; rows that were done are written.");
    return 1;
}

void Stop(PosixSignalContext context)
{
    // What runs is ended and removed by whoever started it.
    context.Cancel = true;
    stop.Cancel();
}
