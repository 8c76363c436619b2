create table sales (article text not null, cents integer not null, sold timestamptz not null default now());
