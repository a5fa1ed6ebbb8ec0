#!/usr/bin/perl
# Calls by Perl: RPC::XML::Client, or Frontier::Client.
use strict;
use warnings;
use utf8;
binmode(STDIN, ':encoding(UTF-8)');
binmode(STDOUT, ':encoding(UTF-8)');

my ($mode, $host, $port, $user, $password) = @ARGV;
my $url = "http://$host:$port/RPC2";

sub row {
    my ($label, $text) = @_;
    $text =~ s/\\/\\\\/g;
    $text =~ s/\n/\\n/g;
    print "$label\t$text\n";
}

sub show {
    my ($label, $value) = @_;
    if (ref $value eq 'HASH') {
        show("$label.$_", $value->{$_}) for sort keys %$value;
    } elsif (ref $value eq 'ARRAY') {
        row("$label.length", scalar @$value);
        show("$label\[$_]", $value->[$_]) for 0 .. $#$value;
    } elsif (ref $value && $value->can('type')) {
        row($label, $value->type . ' ' . $value->value);
    } elsif (ref $value) {
        row($label, ref($value) . ' ' . $value->value);
    } else {
        utf8::decode($value) unless utf8::is_utf8($value);
        row($label, $value);
    }
}

my $call;
my ($integer, $boolean, $string);
if ($mode eq 'rpc-xml') {
    require RPC::XML;
    require RPC::XML::Client;
    $RPC::XML::ENCODING = 'utf-8';
    my $client = RPC::XML::Client->new($url);
    # By realm: what Supervisor calls its own must be called the same.
    $client->credentials('default', $user, $password);
    $integer = sub { RPC::XML::int->new(shift) };
    $boolean = sub { RPC::XML::boolean->new(shift) };
    $string = sub { my $text = shift; utf8::encode($text); RPC::XML::string->new($text) };
    $call = sub {
        my $answer = $client->send_request(@_);
        return (undef, 'error ' . ($answer =~ /RPC::XML::Client::send_request: (?:HTTP server error: )?(\w+)/ ? $1 : ''))
          unless ref $answer;
        return (undef, 'fault ' . $answer->code . ' ' . $answer->string) if $answer->is_fault;
        return ($answer->value, undef);
    };
} else {
    require Frontier::Client;
    my $client = Frontier::Client->new(url => "http://$user:$password\@$host:$port/RPC2", encoding => 'UTF-8');
    $integer = sub { Frontier::RPC2::Integer->new(shift) };
    $boolean = sub { Frontier::RPC2::Boolean->new(shift) };
    $string = sub { my $text = shift; utf8::encode($text); Frontier::RPC2::String->new($text) };
    $call = sub {
        my @arguments = @_;
        my $value = eval { $client->call(@arguments) };
        return ($value, undef) unless $@;
        my $why = "$@";
        utf8::decode($why) unless utf8::is_utf8($why);
        return (undef, "$1 $2") if $why =~ /^(Fault) returned from XML RPC Server, (.*)/s;
        return (undef, 'error ' . ($why =~ /^(\d{3})/ ? $1 : ''));
    };
}

sub parse {
    my ($kind, $text) = split /:/, shift, 2;
    return $integer->($text) if $kind eq 'i';
    return $boolean->($text) if $kind eq 'b';
    return [map { { methodName => $_, params => [] } } split /,/, $text] if $kind eq 'm';
    return $string->($text);
}

while (my $line = <STDIN>) {
    chomp $line;
    my ($method, @words) = split /\t/, $line;
    my $label = join ' ', $method, @words;
    my ($value, $failure) = $call->($method, map { parse($_) } @words);
    if (defined $failure) {
        utf8::decode($failure) unless utf8::is_utf8($failure);
        row($label, $failure);
    } else {
        show($label, $value);
    }
}
