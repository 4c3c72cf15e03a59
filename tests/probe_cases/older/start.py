from argparse import ArgumentParser

from models import JoinsAPath, LoadsFromAPath

if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--log_dir")
    parser.add_argument("--bert_dir", type=str)
    net = JoinsAPath(parser.parse_args())
    other = LoadsFromAPath(parser.parse_args())
