"""Reads the environment for the settings: a missing or wrong variable stops the start, in one sentence."""

from environs import Env, EnvError


class StrictEnv(Env):
    """environs, with SystemExit in place of a traceback: who starts the site reads a sentence, not code."""


def _strictly(name: str):
    read = getattr(Env, name)

    def method(self, variable, *args, **kwargs):
        try:
            return read(self, variable, *args, **kwargs)
        except EnvError as error:
            raise SystemExit(
                f"{variable} : variable d’environnement absente ou incorrecte ({error}). "
                "Le fichier .env.example les nomme toutes."
            ) from None

    return method


for _name in ("str", "bool", "int", "list", "date", "path", "url", "float", "dj_db_url", "dj_email_url"):
    setattr(StrictEnv, _name, _strictly(_name))
