#!/usr/bin/perl
# compose.pl PROGRAM TEMPLATE > PAGE: a manual page whose commands, options and settings are what the program itself says in
# --help, so that the page cannot fall behind. In the template, @VERSION@ and @DATE@ stand for themselves, a line
# @COMMANDS@ for every command with its options, a line @SETTINGS@ for every line a configuration file may have.
use strict;
use warnings;
use POSIX qw(strftime);
use Sys::Hostname;

my ($program, $template) = @ARGV;
die "usage: compose.pl PROGRAM TEMPLATE\n" unless defined $template;
my $name = $program =~ s{.*/}{}r;

sub ask {
    my @command = ($program, @_);
    open(my $out, '-|', @command) or die "$program: $!\n";
    local $/;
    my $text = <$out>;
    close($out) or die "@command: failed\n";
    # A page is for every machine.
    my $host = hostname() =~ s/\..*//r;
    $text =~ s/, default \Q$host\E\)/, default: the host's name)/g;
    return $text;
}

sub roff {
    my ($text) = @_;
    $text =~ s/\\/\\e/g;
    $text =~ s/-/\\-/g;
    $text =~ s/^([.'])/\\&$1/mg;
    return $text;
}

# The parts of a help text: about, options [[flags, text]...], commands [[name, text]...], footer.
sub parse_help {
    my ($text) = @_;
    my %help = (about => '', options => [], commands => [], footer => '');
    my $part = 'about';
    for my $line (split /\n/, $text) {
        if ($line =~ /^Usage: /) { $part = 'usage'; next }
        if ($line =~ /^(Options|Positionals):$/) { $part = 'options'; next }
        if ($line eq 'Subcommands:') { $part = 'commands'; next }
        if ($line eq '' && $part ne 'footer') { $part = $part eq 'usage' ? 'usage' : 'between'; next }
        $part = 'footer' if $part eq 'between' && $line !~ /^  /;
        if ($part eq 'about') { $help{about} .= "$line\n" }
        elsif ($part eq 'footer') { $help{footer} .= "$line\n" }
        elsif ($part eq 'options' || $part eq 'commands') {
            if ($line =~ /^  (\S.*?)(?:\s{2,}(.*))?$/) { push @{$help{$part}}, [$1, $2 // ''] }
            elsif ($line =~ /^\s+(\S.*)$/ && @{$help{$part}}) {
                my $last = $help{$part}[-1];
                $last->[1] .= ($last->[1] eq '' ? '' : ' ') . $1;
            }
        }
    }
    return \%help;
}

sub commands {
    my @path = @_;
    my $help = parse_help(ask(@path, '--help'));
    my $page = '';
    if (@path) {
        $page .= '.SS "' . roff("$name @path") . "\"\n" . roff($help->{about});
        for my $option (@{$help->{options}}) {
            next if $option->[0] =~ /^-h,/;
            $page .= ".TP\n.B " . roff($option->[0]) . "\n" . roff($option->[1]) . "\n";
        }
        # Exit codes are said once, in the template.
        (my $footer = $help->{footer}) =~ s/^Exit (codes|status):.*//ms;
        $page .= ".PP\n.nf\n" . roff($footer) . ".fi\n" if $footer =~ /\S/ && !@{$help->{commands}};
    }
    $page .= commands(@path, $_->[0]) for @{$help->{commands}};
    return $page;
}

# [key, variable, default or '', text]...
sub settings {
    return map { /^(\S+)  \((\S+), (?:default (.*)|no default)\)\n    (.*)/ ? [$1, $2, $3 // '', $4] : () }
        split /^(?=\S)/m, ask('config', 'settings') =~ s/, default: the host's name\)/, default the host's name)/r
        if $name eq 'holeshot-gateway';
    my @found;
    for my $option (@{parse_help(ask('serve', '--help'))->{options}}) {
        my ($flag, $text) = @$option;
        next unless $flag =~ /^--(\S+)/;
        my $key = $1 =~ tr/-/_/r;
        push @found, [$key, $2, $3 // '', $1] if $text =~ /^(.*) \[(HOLESHOT_\w+)(?:, default (.*))?\]$/;
    }
    return @found;
}

sub settings_page {
    my @settings = settings();
    die "$name: no settings found in its help\n" unless @settings;
    my $page = '';
    for my $setting (@settings) {
        my ($key, $variable, $default, $text) = @$setting;
        $page .= ".TP\n.B " . roff($key) . "\n" . roff(($text =~ m{^\w+://} ? $text : ucfirst $text)) . ".\n";
        $page .= "Default: " . roff($default) . ".\n" if $default ne '';
        $page .= "Variable: " . roff($variable) . ".\n";
    }
    return $page;
}

my $version = (split ' ', ask('--version'))[1];
my $date = strftime('%Y-%m-%d', gmtime($ENV{SOURCE_DATE_EPOCH} // time));
open(my $in, '<', $template) or die "$template: $!\n";
while (my $line = <$in>) {
    if ($line eq "\@COMMANDS\@\n") { print commands() }
    elsif ($line eq "\@SETTINGS\@\n") { print settings_page() }
    else { print $line =~ s/\@VERSION\@/$version/r =~ s/\@DATE\@/$date/r }
}
