using System.Net;
using System.Net.Sockets;
using Roadstead.Fuzz.Inputs;
using Roadstead.Fuzz.Runs;
using Roadstead.Oci.Client;

namespace Roadstead.Fuzz;

/// <summary>Nothing is dialled here: what counts is what would be refused.</summary>
public class DialGuardFuzz
{
    private static readonly Gen<byte[]> Forbidden = Gen.Select(
        Gen.OneOf<byte[]>([127], [127, 0, 0, 1], [10], [172, 16], [172, 31], [192, 168], [169, 254], [169, 254, 169, 254], [100, 64], [100, 127], [100, 100, 100, 200], [0], [224], [240], [255, 255, 255, 255]), Gen.Byte.Array[4],
        (head, rest) => (byte[])[.. head, .. rest[head.Length..]]);

    private static readonly Gen<IPAddress> Addresses = Gen.OneOf<IPAddress>(
        Gen.Byte.Array[4].Select(bytes => new IPAddress(bytes)),
        Forbidden.Select(bytes => new IPAddress(bytes)),
        Gen.Select(Gen.OneOf<byte[]>([], [0xfe, 0x80], [0xfe, 0xc0], [0xfc], [0xfd], [0xff], [0x20, 0x01, 0x0d], [0x26]), Gen.Byte.Array[16], (head, rest) => new IPAddress([.. head, .. rest[head.Length..]])))
        .Where(address => address.GetAddressBytes() is not ([0x20, 0x02, ..] or [0x20, 0x01, 0, 0, ..] or [0, 0, 0, 0, 0, 0, 0, 0, ..]));

    [Theory, Fuzz]
    public void No_forbidden_address_gets_through_in_any_notation(Length length) =>
        Property.ForAll(length, Gen.Select(Forbidden, Gen.Int[0, Notations.Count - 1]), (address, notation) =>
        {
            var text = Notations.Write(address, notation);
            Assert.True(IPAddress.TryParse(text.Trim('[', ']'), out var dialled), text);
            Assert.NotNull(DialGuard.Refusal(dialled, allowPrivate: false));

            // As a client's connections get it from a URL.
            Assert.True(Uri.TryCreate($"http://{text}/", UriKind.Absolute, out var url), text);
            Assert.True(IPAddress.TryParse(url.IdnHost, out dialled), url.IdnHost);
            Assert.NotNull(DialGuard.Refusal(dialled, allowPrivate: false));
        });

    [Theory, Fuzz]
    public void An_address_is_refused_for_what_it_is(Length length) => Property.ForAll(length, Gen.Select(Addresses, Gen.Bool), (address, allowPrivate) =>
    {
        var (never, isPrivate) = address.AddressFamily == AddressFamily.InterNetwork ? Classify4(address.GetAddressBytes()) : Classify6(address.GetAddressBytes());
        Assert.Equal(never || (isPrivate && !allowPrivate), DialGuard.Refusal(address, allowPrivate) is not null);
    });

    private static (bool Never, bool Private) Classify4(byte[] b) => (
        (b[0] == 169 && b[1] == 254) || b[0] == 0 || b[0] >= 224 || (b[0] == 100 && b[1] == 100 && b[2] == 100 && b[3] == 200),
        b[0] == 127 || b[0] == 10 || (b[0] == 172 && b[1] / 16 == 1) || (b[0] == 192 && b[1] == 168) || (b[0] == 100 && b[1] / 64 == 1));

    // Those that hold an IPv4 address are the other property's.
    private static (bool Never, bool Private) Classify6(byte[] b) => (
        (b[0] == 0xfe && b[1] / 64 == 2) || b[0] == 0xff,
        (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && b[1] / 64 == 3));
}
