using Roadstead.Oci;

namespace Roadstead.Server.Mirroring;

/// <summary>Whether a blob may be stored.</summary>
internal abstract record RoomOutcome
{
    private RoomOutcome()
    {
    }

    /// <summary>It may, and its room is taken until the reservation is disposed.</summary>
    public sealed record Reserved(RoomReservation Reservation) : RoomOutcome;

    /// <summary>It may not.</summary>
    /// <param name="Why">For the log, as the rest of a sentence.</param>
    public sealed record Refused(string Why) : RoomOutcome;
}

/// <summary>Room that is taken for a blob while it is being fetched. Once it is stored its usage counts, and this ends.</summary>
internal sealed class RoomReservation(Action onDisk, Action release) : IDisposable
{
    /// <summary>Where no room need be taken.</summary>
    public static readonly RoomReservation None = new(() => { }, () => { });

    private int _isOnDisk;
    private int _isReleased;

    /// <summary>Says that the disk has set its bytes aside, and shows them as used.</summary>
    public void OnDisk()
    {
        if (Interlocked.Exchange(ref _isOnDisk, 1) == 0)
        {
            onDisk();
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            OnDisk();
            release();
        }
    }
}

/// <summary>What room is wanted where.</summary>
/// <param name="Project">Of this project's quota; null: of the whole store.</param>
/// <param name="Lacking">The bytes that are lacking now; none once it is 0 or less.</param>
/// <param name="Blob">What it is for: images that name it do not make room for it. Null: nothing in particular.</param>
internal sealed record RoomNeed(string? Project, Func<long> Lacking, Digest? Blob = null);

/// <summary>What came of making room.</summary>
internal enum RoomMade
{
    /// <summary>It is there.</summary>
    Enough,

    /// <summary>What could go is being pulled: a moment later it may be there.</summary>
    InUse,

    /// <summary>Nothing more can go.</summary>
    Nothing,
}
