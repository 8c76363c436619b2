create table baskets (guest text not null, article text not null);
create table sales (article text not null, cents integer not null, sold timestamptz not null default now());
